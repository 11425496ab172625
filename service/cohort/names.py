"""Names nobody bears: real first names of Newham's people, and surnames grown from invented places."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Community:
    """Some of Newham's people: their share, the language they may prefer, and names."""

    share: float
    language: str  # BCP 47
    prefers: float  # share who would rather have that language than English
    women: tuple[str, ...]
    men: tuple[str, ...]
    roots: tuple[str, ...]  # of surnames; with an ending of ENDINGS they are nobody's


COMMUNITIES = (
    Community(
        0.20,
        "bn",
        0.4,
        ("Amina", "Nasima", "Shirin", "Rokeya", "Farzana", "Taslima"),
        ("Abdul", "Kamal", "Rafiq", "Jamal", "Habib", "Shafiq"),
        ("Rahman", "Begum", "Chowdh", "Uddin", "Miah"),
    ),
    Community(
        0.13,
        "ur",
        0.35,
        ("Bushra", "Nadia", "Rubina", "Saima", "Yasmin"),
        ("Imran", "Tariq", "Khalid", "Nadeem", "Bilal"),
        ("Khan", "Malik", "Qure", "Hussain", "Aslam"),
    ),
    Community(
        0.13,
        "gu",
        0.3,
        ("Hansa", "Jyoti", "Meena", "Bhavna", "Kokila"),
        ("Dinesh", "Kirit", "Mahesh", "Suresh", "Jayant"),
        ("Patel", "Shah", "Mistr", "Desai", "Solank"),
    ),
    Community(
        0.07,
        "pa",
        0.3,
        ("Harpreet", "Jasvinder", "Manjit", "Surinder"),
        ("Balbir", "Gurdeep", "Ranjit", "Satnam"),
        ("Kaur", "Singh", "Gill", "Sandhu"),
    ),
    Community(
        0.06,
        "ta",
        0.3,
        ("Malathi", "Revathi", "Vasanthi", "Kamala"),
        ("Arul", "Kumaran", "Selvan", "Murali"),
        ("Tamil", "Siva", "Nathan", "Velu"),
    ),
    Community(
        0.13,
        "en",
        1.0,
        ("Abena", "Folake", "Grace", "Ngozi", "Adwoa"),
        ("Kwame", "Tunde", "Emeka", "Kofi", "Femi"),
        ("Okoro", "Mensah", "Adeye", "Boateng", "Balog"),
    ),
    Community(
        0.04,
        "so",
        0.4,
        ("Hodan", "Ifrah", "Sahra"),
        ("Abdi", "Farah", "Liban"),
        ("Warsa", "Jama", "Hassan"),
    ),
    Community(
        0.07,
        "ro",
        0.4,
        ("Ioana", "Elena", "Mihaela", "Doina"),
        ("Andrei", "Mihai", "Sorin", "Vasile"),
        ("Popes", "Dumit", "Iones", "Munte"),
    ),
    Community(
        0.04,
        "pl",
        0.35,
        ("Agnieszka", "Halina", "Zofia"),
        ("Piotr", "Marek", "Zbigniew"),
        ("Kowal", "Nowak", "Wisnia"),
    ),
    Community(
        0.13,
        "en",
        1.0,
        ("Doreen", "Maureen", "Sheila", "Pauline", "Marjorie"),
        ("Alfred", "Terence", "Stanley", "Winston", "Leonard"),
        ("Plaist", "Canning", "Beck", "Wan", "Silver"),
    ),
)

ENDINGS = (
    "dale",
    "hurst",
    "wick",
    "combe",
    "worth",
    "stead",
    "thorpe",
    "mead",
    "shaw",
    "bourne",
    "fold",
    "garth",
)
