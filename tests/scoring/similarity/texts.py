"""Descriptions as entrants write them, made up for these tests; the languages of the platform."""

KK = (
    "Біздің ауылдағы ескі кітапхананы жаңғыртып, балаларға арналған оқу бұрышын ашқымыз келеді. Сөрелерді колледж "
    "шеберханасында өзіміз жасаймыз. Әр сенбі сайын үлкендер ертегі айтып, оны таспаға жазып аламыз.",
    "Көлеңке театры Қобыланды батыр туралы жырды сахнаға шығарады. Қуыршақтар қайыңның қабығынан кесіліп, "
    "домбыраның үнімен қозғалады. Қойылым жиырма минутқа созылады және оны кез келген мектепте көрсетуге болады.",
    "Қалалық көшеттерді суаруды есептейтін шағын құрылғы ойлап таптық. Ол топырақтың ылғалын өлшеп, көршілердің "
    "телефонына хабарлама жібереді. Былтыр бір аулада он екі терек аман қалды.",
    "Жас әншілер Арал маңындағы әндерді жинап, заманауи өңдеуде орындайды. Альбомға сегіз ән кіреді. Әр әннің "
    "тарихын ақсақалдардың өздері баяндап береді, ал мұқабасын мектеп оқушылары салады.",
    "Тау бөктеріндегі қоқысты жинайтын еріктілер күнін өткіземіз. Қатысушылар картадан бос жерді таңдап, топ "
    "құрады. Жиналған шыны мен қағаз қайта өңдеуге тапсырылады, есебі сайтта жарияланады.",
    "Есту қабілеті нашар жастарға арналған бейнесабақтар түсіріп жатырмыз. Ымдау тіліндегі отыз сабақтың он беші "
    "дайын. Мұғалімдер мен ата-аналар түсірілімге тегін қатысады.",
)
RU = (
    "Мы снимаем короткий документальный фильм о смотрителях маленькой метеостанции на перевале. Камера живёт с "
    "ними три дня: утренние замеры, снег по пояс, радиосвязь с городом. Монтаж закончим к началу марта.",
    "Студенческий хор записывает песни переселенцев, услышанные от бабушек в восточных посёлках. Ноты мы выложим "
    "для всех школ бесплатно. Двенадцать мелодий уже расшифрованы, остальные ждут экспедиции.",
    "Приложение подсказывает водителям автобусов, на какой остановке ждёт человек на коляске. Датчик стоит двести "
    "тенге и работает от солнечной батареи. Первые пять остановок проверены прошлой осенью.",
    "Серия плакатов о том, как читать договор о подработке, прежде чем его подписать. Каждый рисунок объясняет один "
    "пункт на примере кофейни. Юристы университета проверили формулировки и нашли две ошибки.",
    "Спектакль играется в темноте: зрители узнают героев по голосам и запахам. Мы приглашаем незрячих актёров из "
    "соседнего клуба. После показа все вместе пьют чай и говорят о том, что услышали.",
    "Наша команда чинит старые велосипеды и отдаёт их школьникам из шахтёрского городка. За лето собрали сорок "
    "восемь машин. Теперь хотим открыть мастерскую, где ремонту научат любого желающего.",
)
EN = (
    "We turn the disused railway depot into a stage for young poets and beatmakers. Old carriages become dressing "
    "rooms, and the turntable carries the audience around. The first season is built from salvaged timber.",
    "Our podcast follows six apprentice shepherds through one winter in the mountains. Listeners hear wolves, bad "
    "weather and long silences. Every episode ends with a recipe that somebody's grandmother insisted on.",
    "A browser game teaches teenagers how misleading charts are made. Players bend the axes, hide the zero and watch "
    "invented newspapers fall for it. Teachers receive a short guide for two lessons.",
    "The campaign asks neighbours to swap broken lamps, kettles and radios at a monthly repair evening. Volunteers "
    "show how to solder safely. So far ninety appliances have escaped the landfill.",
    "Dancers with and without prosthetic limbs rehearse a piece about walking to school across a frozen river. The "
    "music is made from recordings of cracking ice. We perform outdoors and admission is free.",
    "A drone maps willow groves along the canal and counts the nests of herons every spring. Pupils label the "
    "photographs themselves. The resulting atlas is printed and given to each village council.",
)
ALL = KK + RU + EN
FORM = "Название работы и её цель. Целевая аудитория: молодёжь 14–35 лет. Ожидаемые результаты и смета прилагаются. "
"""What the form of a contest puts before every answer."""
