"""Descriptions in three languages, written for these tests, and a model of a small dictionary of their words."""

import re
import zlib
from collections.abc import Sequence

import numpy as np

TEXTS = {
    "library": {
        "kk": "Біздің ауылдағы ескі кітапхананы жаңғыртып, балаларға арналған оқу бұрышын ашқымыз келеді. Сөрелерді "
        "колледж шеберханасында өзіміз жасаймыз. Әр сенбі сайын үлкендер ертегі айтып, оны таспаға жазып аламыз.",
        "ru": "Мы хотим обновить старую библиотеку в нашем ауле и открыть уголок чтения для детей. Полки сделаем сами "
        "в мастерской колледжа. Каждую субботу взрослые рассказывают сказки, а мы записываем их на плёнку.",
        "en": "We want to renew the old library in our village and open a reading corner for children. We make the "
        "shelves ourselves in the workshop of the college. Every Saturday adults tell tales, which we record on "
        "tape.",
    },
    "water": {
        "kk": "Қалалық көшеттерді суаруды есептейтін шағын құрылғы ойлап таптық. Ол топырақтың ылғалын өлшеп, "
        "көршілердің телефонына хабарлама жібереді. Былтыр бір аулада он екі терек аман қалды.",
        "ru": "Мы придумали маленькое устройство, которое считает полив городских саженцев. Оно измеряет влажность "
        "почвы и отправляет сообщение на телефон соседей. В прошлом году в одном дворе уцелели двенадцать "
        "тополей.",
        "en": "We invented a small device that counts the watering of city saplings. It measures how damp the soil is "
        "and sends a message to the neighbours' telephone. Last year twelve poplars survived in one yard.",
    },
    "songs": {
        "kk": "Жас әншілер Арал маңындағы әндерді жинап, заманауи өңдеуде орындайды. Альбомға сегіз ән кіреді. Әр "
        "әннің тарихын ақсақалдардың өздері баяндап береді, ал мұқабасын мектеп оқушылары салады.",
        "ru": "Молодые певцы собирают песни с берегов Арала и исполняют их в современной обработке. В альбом войдут "
        "восемь песен. Историю каждой песни расскажут сами старейшины, а обложку нарисуют школьники.",
        "en": "Young singers collect songs from around the Aral and perform them in modern arrangements. Eight songs "
        "enter the album. Elders tell the history of every song themselves, and pupils draw the cover.",
    },
    "bicycles": {
        "kk": "Біздің топ ескі велосипедтерді жөндеп, шахтёрлер қалашығының оқушыларына береді. Жазда қырық сегіз "
        "велосипед жиналды. Енді жөндеуді кез келген адамға үйрететін шеберхана ашқымыз келеді.",
        "ru": "Наша команда чинит старые велосипеды и отдаёт их школьникам из шахтёрского городка. За лето собрали "
        "сорок восемь велосипедов. Теперь хотим открыть мастерскую, где ремонту научат любого желающего.",
        "en": "Our team repairs old bicycles and gives them to pupils of a mining town. Forty-eight bicycles were "
        "collected in summer. Now we want to open a workshop where anybody can learn to repair.",
    },
}

# The beginning of a word in each language, so that endings do not matter.
_WORDS = """
ауыл ауле village|ескі стар old|кітапхана библиотек librar|жаңғырт обнов renew|балалар дет child|оқу чтен reading
бұрыш угол corner|ашқ откры open|келеді хот want|сөре полк shel|колледж колледж college|шебер мастер workshop
өзі сам ourselves|сенбі суббот saturday|үлкен взросл adult|ертегі сказ tale|айт расс tell|таспа плён tape
жазып запис record|жаса сдела make|қала город city|көшет сажен sapling|суару полив water|есеп счита count
шағын мален small|құрылғы устрой device|ойлап придум invent|топырақ почв soil|ылғал влаж damp|өлше измер measure
көрші сосед neighbour|телефон телефон telephone|хабар сообщ message|жібер отправ send|былтыр прошл last
аула дворе yard|екі двенад twelve|терек топол poplar|аман уцел surviv|әр кажд every|жас молод young|әнші певц singer
арал арал aral|ән песен song|жина соб collect|заманауи соврем modern|өңдеу обработ arrang|орында исполн perform
альбом альбом album|сегіз вос eight|тарих истор histor|ақсақал старейш elder|мұқаба облож cover|салады рису draw
мектеп школ pupil|кір вой enter|баянда расска told|топ команд team|велосипед велосипед bicycl|жөнде чин repair
шахтёр шахтёр mining|бер отда give|жазда лето summer|қырық сорок forty|енді теперь now|үйрет науч learn
кез люб anybody|оқушы шко pupils
"""
_DICTIONARY = [tuple(entry.split()) for line in _WORDS.strip().splitlines() for entry in line.split("|")]


class DictionaryModel:
    """Knows the words above and nothing else: a passage is the sum of what its words mean."""

    name = "dictionary/1"

    def vectors(self, texts: Sequence[str], languages: Sequence[str]) -> np.ndarray:
        """Give a vector for each passage."""
        made = np.array([self._vector(*one) for one in zip(texts, languages, strict=True)]).reshape(-1, 384)
        return (made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def _vector(self, text: str, language: str) -> np.ndarray:
        place = ("kk", "ru", "en").index(language)
        total = np.zeros(384)
        for word in re.findall(r"\w+", text.lower()):
            meanings = [number for number, entry in enumerate(_DICTIONARY) if word.startswith(entry[place])]
            seed, weight = (min(meanings), 1.0) if meanings else (1000 + zlib.crc32(word.encode()), 0.4)
            total += weight * np.random.default_rng(seed).normal(size=384)
        return total
