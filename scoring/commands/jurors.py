"""``python -m scoring jurors``: a card for each juror."""

from __future__ import annotations

import argparse
import sys
from dataclasses import astuple, fields

from scoring.commands.files import INPUT_COLUMNS, add_score_files, read_score_files
from scoring.judging.agreement import criteria_agreement
from scoring.judging.cards import JurorCard, juror_cards
from scoring.judging.panel import make_panel
from scoring.judging.tables import write_rows

DESCRIPTION = f"""\
Writes a card for each juror. A flag is a question to ask, never a reason to leave a juror out: the calibrated ranking
already counts a juror's marks for what they tell. The agreement of the jury goes to standard error.

{INPUT_COLUMNS}
Output O (CSV, every juror of J once, by id):
     juror_id           the juror
     sheets             sheets that count
     missing            marks missing in them
     severity           points above (negative: under) the average juror; severity_lo, severity_hi: 90 % interval
     discrimination     how far the juror spreads good from bad entries, 1 is the average, 0 not at all;
                        discrimination_lo, discrimination_hi: 90 % interval
     reliability        share of the variance of the marks, severity aside, that is the entries' quality (0 to 1)
     own_region_effect  points added to entries of the own region; own_region_sd: its standard deviation; empty
                        without such entries
     values_used        distinct marks that the juror gave
     spread             standard deviation of the juror's weighted means, in points
     flags              separated by spaces: few-sheets (under 5), few-values (at most 3), hardly-discriminates,
                        noisy, own-region; empty when there is nothing to ask
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``jurors``."""
    add_score_files(parser)
    parser.add_argument("--out", required=True, metavar="O", help="where the cards are written (CSV)")


def run(args: argparse.Namespace) -> int:
    """Write the cards; agreement goes to standard error. Return 0."""
    panel = make_panel(*read_score_files(args))
    rows = ((*astuple(card)[:-1], " ".join(card.flags)) for card in juror_cards(panel))
    write_rows(args.out, [field.name for field in fields(JurorCard)], rows)
    for name, alpha in criteria_agreement(panel).items():
        said = "cannot be told" if alpha is None else "{:.3f} [{:.3f}, {:.3f}]".format(*alpha)
        sys.stderr.write(f"agreement (Krippendorff's alpha), {name or 'weighted mean'}: {said}\n")
    return 0
