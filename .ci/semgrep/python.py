"""Proof that each rule of python.yaml fires, and where it must not; read by `semgrep --test`, never run."""

import http.client
import pathlib
import shutil
import socket
import urllib.request
from urllib.parse import quote

import flask
import httpx
import huey
import jinja2
import joblib
import numpy
import pandas
import puremagic
import requests
import urllib3
from creative_platform.web import compression
from flask import Response, redirect, request, send_file, url_for
from lxml import etree
from sqlalchemy import literal_column, text
from xml.etree import ElementTree


def goes_elsewhere(answer):
    # ruleid: redirect-to-request
    redirect(request.args["next"], 303)
    there = request.form.get("next") or "/my"
    # ruleid: redirect-to-request
    redirect(there)
    # ruleid: redirect-to-request
    redirect("/my" + request.headers["X-Where"])
    # ruleid: redirect-to-request, request-in-header
    answer.headers["Location"] = request.referrer
    # ok: redirect-to-request
    redirect(local_path(request.form.get("next"), "/my"), 303)
    # ok: redirect-to-request
    redirect(url_for("entries.edit", public_id=request.args["id"]), 303)
    # ok: redirect-to-request
    redirect("/my" if request.args else "/", 303)


def writes_headers(answer, name):
    # ruleid: request-in-header
    answer.headers["X-Asked"] = request.args["q"]
    # ruleid: request-in-header
    answer.headers.add("X-Asked", request.cookies["a"])
    # ruleid: request-in-header
    Response("", headers={"X-Asked": request.values["q"]})
    # ok: request-in-header
    answer.headers["X-Page"] = str(int(request.args["page"]))
    # ok: request-in-header
    answer.headers["X-Asked"] = quote(request.args["q"])
    # ok: request-in-header
    answer.headers["Content-Encoding"] = compression.liked(request.headers["Accept-Encoding"])
    # ok: request-in-header
    answer.headers["X-Known"] = name


def chooses_a_type(answer, asset):
    # ruleid: type-of-answer-from-outside
    Response(b"", content_type=asset.content_type)
    # ruleid: type-of-answer-from-outside
    Response(b"", 200, mimetype=request.args["type"])
    # ruleid: type-of-answer-from-outside
    answer.content_type = asset.content_type
    # ruleid: type-of-answer-from-outside
    answer.headers["Content-Type"] = asset.content_type
    # ok: type-of-answer-from-outside
    Response(b"", content_type="text/csv; charset=utf-8")
    # ok: type-of-answer-from-outside
    answer.content_type = "application/problem+json"


def reads_files(folder):
    # ruleid: file-by-name-from-request
    send_file(request.args["name"])
    # ruleid: file-by-name-from-request
    flask.send_from_directory("var", request.args["name"])
    # ruleid: file-by-name-from-request
    pathlib.Path("var/" + request.form["name"])
    # ruleid: file-by-name-from-request
    open(request.args["name"])
    # ok: file-by-name-from-request
    pathlib.Path(folder)


def asks_the_database(connection, name, busy):
    # ruleid: sql-by-hand
    text(f"SELECT 1 FROM users WHERE name = '{name}'")
    # ruleid: sql-by-hand
    text("SELECT 1 FROM users WHERE name = '%s'" % name)
    # ruleid: sql-by-hand
    literal_column(name)
    # ruleid: sql-by-hand
    connection.exec_driver_sql("DELETE FROM " + name)
    # ok: sql-by-hand
    text("SELECT 1 FROM users WHERE name = :name")
    # ok: sql-by-hand
    connection.exec_driver_sql("BEGIN IMMEDIATE" if busy else "BEGIN")


def renders(environment, said):
    # ruleid: template-from-text
    flask.render_template_string(said)
    # ruleid: template-from-text
    environment.from_string(said)
    # ruleid: template-from-text
    jinja2.Template(said)
    # ok: template-from-text
    flask.render_template("desk/my.html", said=said)
    # ok: template-from-text
    puremagic.from_string(said, mime=True)


def keeps_objects(path, json_only):
    # ruleid: code-in-data
    joblib.load(path)
    # ruleid: code-in-data
    numpy.load(path, allow_pickle=True)
    # ruleid: code-in-data
    pandas.read_pickle(path)
    # ruleid: code-in-data
    huey.SqliteHuey("jobs", filename=path)
    # ruleid: code-in-data
    huey.Huey("jobs")
    # ok: code-in-data
    numpy.load(path)
    # ok: code-in-data
    huey.Huey("jobs", serializer=json_only)


def compares(given, token, row, User, otp):
    # ruleid: secret-compared-by-equals
    if given == token:
        return
    # ruleid: secret-compared-by-equals
    if row.api_token != given:
        return
    # ruleid: secret-compared-by-equals
    if given == row.signature:
        return
    # ok: secret-compared-by-equals
    if token == "":
        return
    # ok: secret-compared-by-equals
    query.where(User.token == given)


def logs(log, user, token):
    # ruleid: secret-in-log
    log.info("signed in with %s", token)
    # ruleid: secret-in-log
    log.warning("no such person: %s", user.email)
    # ruleid: secret-in-log
    log.info("asked with %s", request.headers)
    # ok: secret-in-log
    log.info("signed in: %s", user.public_id)


def fetches(url, host):
    # ruleid: call-to-the-network
    requests.get(url)
    # ruleid: call-to-the-network
    httpx.post(url)
    # ruleid: call-to-the-network
    urllib3.PoolManager()
    # ruleid: call-to-the-network
    urllib.request.urlopen(url)
    # ruleid: call-to-the-network
    http.client.HTTPSConnection(host)
    # ruleid: call-to-the-network
    socket.create_connection((host, 80))
    # ok: call-to-the-network
    urllib.parse.urlsplit(url)


def links():
    # ruleid: address-from-host-header
    url_for("accounts.login", _external=True)
    # ruleid: address-from-host-header
    link = "https://" + request.host + "/login"
    # ruleid: address-from-host-header
    link = request.url_root + "login"
    # ok: address-from-host-header
    return url_for("accounts.login"), request.path


def opens_the_door(csrf, bp):
    # ruleid: csrf-taken-away
    csrf.exempt(bp)
    # ok: csrf-taken-away
    csrf.protect()


def writes_fields(form, user, User):
    # ruleid: fields-by-their-names
    form.populate_obj(user)
    # ruleid: fields-by-their-names
    User(**request.form)
    for name, value in request.form.items():
        # ruleid: fields-by-their-names
        setattr(user, name, value)
    # ok: fields-by-their-names
    User(name=form.name.data)


def gives_cookies(answer, value):
    # ruleid: cookie-without-flags
    answer.set_cookie("a", value)
    # ruleid: cookie-without-flags
    answer.set_cookie("a", value, secure=True, samesite="Lax")
    # ok: cookie-without-flags
    answer.set_cookie("a", value, samesite="Lax", secure=True, httponly=True)


def reads_xml(told, parser):
    # ruleid: xml-with-entities
    etree.fromstring(told)
    # ruleid: xml-with-entities
    etree.XMLParser(huge_tree=False)
    # ruleid: xml-with-entities
    ElementTree.fromstring(told)
    # ok: xml-with-entities
    etree.fromstring(told, parser)
    # ok: xml-with-entities
    etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def unpacks(archive, path):
    # ruleid: archive-unpacked
    archive.extractall(path)
    # ruleid: archive-unpacked
    shutil.unpack_archive(path)
    # ok: archive-unpacked
    archive.open("word/document.xml")
