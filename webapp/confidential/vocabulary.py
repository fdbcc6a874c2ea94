"""The words by which people announce a secret, in French and English, and those that mean that none follows.

Patterns read a text in small letters without accents (``announced.Plain``). They were settled on the messages of
``tests/confidential/corpus`` and measured on others (``docs/masking.md``).
"""

import re

OTHER_AFTER = (
    r"postal\w*|postaux|promo\w*|parrain\w*|filleul\w*|banque\b(?=\s*(?:[0-9?.,]|est\b|et\b|pour\b|$))"
    r"|bic|swift|iban|rib|guichet(?! auto)"
    r"|agence|ape|naf|insee|isin"
    r"|valeur|err(?:eur|or)s?|retour|motif|pays|iso|civil|penal|monetaire|conso\w*|(?:du )?travail|commerce|route"
    r"|deonto\w*"
    r"|barres?|qr|couleur|articles?|produit|suivi|colis|client(?! internet)|creancier|ics|marchand|mcc"
    r"|devise|departement|commune"
    r"|avantage|reduction|remise|cadeau|fiscal|tva|source|html|vestimentaire|lei|etablissement|dossier|interbancaire"
    r"|societe|entreprise|siret|siren|operation|rejet|transaction|affaire|vendeur|offre"
)
OTHER_BEFORE = (
    r"post|zip|postal|promo|promotional|discount|voucher|sort|swift|bic|country|branch|bank|qr|area"
    r"|dial(?:l?ing)?|referral"
    r"|error|auth|approval|tracking|reason|status|merchant|currency|bar|tax|dress|invite|gift"
)
OTHER_CODE_BEFORE = re.compile(rf"\b(?:{OTHER_BEFORE})[ -]$")
"""Just before « code », in English: it is that of something else (error code)."""

OF = r"(?:d[eu]s? |d'|l'|la |le |les |un |une |pour |of |for |the )*"
NO_OTHER_CODE = rf"(?![ -]{OF}(?:{OTHER_AFTER})\b)"
"""After « code »: nothing that makes it the code of something else."""

CODE = re.compile(
    r"(?<![\w@#/-])(?:"
    rf"(?:(?:{OTHER_BEFORE})[ -]?codes?(?P<other>))"
    rf"|codes?[ -]{OF}(?:{OTHER_AFTER})(?P<another>)\b"
    r"|(?P<card>codes? (?:pin|(?:de )?(?:retrait|carte|cb|la carte|ma carte|la cb|ma cb)|bancaire|confidentiels?"
    r"|bleue?)|pin codes?|pins?(?!['’]|\w)|card code|secret code|(?:numeros?|chiffres|combinaison) secr(?:ete|et)s?"
    r"|combinaison de (?:ma|la) (?:carte|cb)|(?:4|quatre) chiffres (?:secrets|de (?:ma|la) (?:carte|cb)|du code))"
    r"|(?P<once>codes? (?:recus?|sms|par sms|d[e'] ?(?:validation|acces|confirmation|connexion|activation"
    r"|authentification|identification|verification(?! au)|deblocage|securisation|l'appli\w*|internet)|unique|otp"
    r"|validation|temporaire|3d ?-?secure|internet|a usage unique"
    r"|personnels?|certicode|digipass|cle digitale|securi?'?pass|web|mobile|digital|d'enrolement|d'appairage"
    r"|d'association"
    r"|d'inscription|de secours|secure)|otp|certicode(?: plus)?|cle (?:digitale|numerique|secure)|pass ?codes?"
    r"|securi?'?pass|secure ?pass|pass securite"
    r"|(?:sms|access|verification|validation|activation|confirmation|one[ -]time|security|login"
    r"|authentication) ?(?:code|pass ?code)s?)"
    r"|(?:chiffres?|numeros?|nombres?|clef?) (?:de |d')(?:verification|validation|confirmation|securite)"
    r"|numeros? (?:a usage unique|temporaires?|recus? par (?:sms|texto|mail))"
    r"|sms(?=\s?:?\s?[0-9]{6}(?![0-9]))"
    r"|codes?|c[oa]de?s?(?= ?(?:secret|sercet|confid|de carte|d'acces|[:=0-9]))"
    r")(?:(?![\w-])|(?=[0-9]{4,8}(?![\w])))"
)
"""A code is announced. Groups `other` and `another`: it is no secret (code postal); `card`, `once`: which kind."""

PASSWORD = re.compile(
    r"(?<![\w@#/-])(?:m[oa]u?ts? ?(?:de? ?|2 ?)?pas+e?s?|m\.? ?d\.? ?p\.?(?: ?asse)?|m2p|mpd|mdps|pass ?words?"
    r"|passwd|pwd"
    r"|pass ?phrase|pass(?=\s?[:=]| (?:is|was) )|(?<!se )(?<!ca )(?<!qui )passe(?=\s?[:=])"
    r"|(?:mp|pw|psw|psswd)(?=\s?[:=]))(?!\w)"
)
IDENTIFIER = re.compile(
    r"(?<![\w@#/-])(?:identifiants?|logins?(?: name| id)?|user(?: ?name| ?id)?|utilisateur"
    r"|n[°ºo]\.? ?(?:de )?(?:client|abonne|d'abonne)|"
    r"(?:numero|num|nr) (?:de )?(?:client|abonne|d'abonne|d'identification)|customer (?:number|id)"
    r"|id(?=\s?[:=]|\s[0-9]{6})|ident(?:if)?|clients?(?=\s?(?:n[°o]\.?)?\s?[:=]?\s?[0-9]{6}))(?!\w)"
)
BOTH = re.compile(
    r"(?<![\w@#/-])(?:connexion(?=\s?[:=])|(?:mes|les|ses|nos|leurs|my|his|her) (?:acces|codes?"
    r"|codes? d'acces|identifiants?|logs?|logins?"
    r"|coordonnees de connexion|credentials)"
    r"|(?:identifiants?|ids?|logins?|n[°o] client|user(?:name)?) ?(?:et|/|&|\+|and) ?(?:mon |le |my )?(?:mot de passe"
    r"|mdp|code|password|pass))(?!\w)"
)
"""Two values are announced at once: an identifier, then its secret."""

NUMBER_WORD = (
    r"(?:zeros?|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?"
    r"|trente|quarante|cinquante|soixante|cents?|mille|zero|oh|one|two|three|four|five|seven|eight|nine|ten"
    r"|eleven|twelve"
    r"|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety|hundred|thousand)"
)

BETWEEN_NUMBERS = r"[\s,.\-]{1,3}(?:(?:et|puis|and|then|ensuite|apres|enfin)\s{1,2}(?:un |le )?)?"
"""Between two of them: sept, puis trois, puis zéro."""

UNIT_AFTER = re.compile(
    r"[^\S\n]?(?:€|%|\$|£|k€|euros?\b|eur\b|chiffres?\b|digits?\b|caracteres?\b|characters?\b|lettres?\b|letters?\b"
    r"|jours?\b"
    r"|days?\b|fois\b|times?\b|heures?\b|hours?\b|h\b|h[0-9]|ans?\b|annees?\b|years?\b|mois\b|months?\b"
    r"|minutes?\b|mn\b|min\b"
    r"|secondes?\b|seconds?\b|sec\b|essais?\b|tentatives?\b|attempts?\b|erreurs?\b|km\b|metres?\b|personnes?\b"
    r"|clients?\b"
    r"|points?\b|pages?\b|sms\b|messages?\b|mails?\b|eme\b|er\b|bis\b|rue\b|avenue\b|boulevard\b|allee\b|chemin\b"
    r"|place\b"
    r"|route\b|impasse\b|quai\b|balles\b|usd\b|chf\b|mo\b|go\b|milliemes?\b|tantiemes?\b|parts?\b|actions?\b|titres?\b)"
)
"""What follows a number that is a quantity, an amount, a rank or a house number, and no code."""

BREAK = re.compile(
    r"\b(?:rue|avenue|av|boulevard|bd|place|chemin|allee|quai|impasse|adresse|habite|dossier|ref(?:erence)?s?"
    r"|commandes?|factures?"
    r"|tickets?|contrat|reclamation|sinistre|devis|suivi|colis|siret|siren|iban|rib|comptes?(?! (?:joint"
    r"|pro|commun|perso|en ligne))|livret|pel|(?<!en )(?<!l')agence"
    r"|cheques?|chequier|dab|gab|erreurs? [a-z]{1,3}(?=-)"
    r"|tel(?:ephonez)?|appel(?:ez|e|er|ant|le)|rappel(?:ez|er)|joindre|joignable|phone number|call"
    r"|montants?|somme|plafond|solde"
    r"|debit(?:e|es|er)?|credit(?:e|es|er)?|preleve\w*|version|modele|article|loi|annee|naissance|ne(?:e)? (?:le|en)"
    r"|departement|zip|postcode|postal|numero (?:de|client|d')|n[°º]|operation|autorisation|terminal|train|vol|"
    r"identifiants?|logins?|utilisateur|heure|date|amount|order|invoice|claim|account)\b"
)
"""Between a word and a number: the number belongs to something else."""

BREAK_PASSWORD = re.compile(re.sub(r"\|comptes\?\(.*?\)\)\|livret\|pel\|agence|\|account", "", BREAK.pattern))
"""« le mot de passe de mon compte est … » goes on."""

SPENDING = re.compile(
    r"\b(?:virements?|retraits?|achats?|paiements?|payer|paye|payment|transfer|purchase|prix|coute|valeur)\b"
)
"""Between a word and a number: the number may be an amount, unless it is said to be the code."""

ORDINARY = frozenset(
    """
    a about absurde accepted actif active actuel actuelle admin administrateur afin again aide aidez ainsi all
    alors already also always amazon ameli an ancien ancienne and any anymore apparemment apple appli
    application apres are at aucun aucune aujourd'hui aussi autre autres avait avant avec avoir bah banal banale
    bancaire banque basique be beaucoup because been before ben besoin bidon bien bizarre bizarrement blocage
    blocked bloque bloquee bloquer bon bonjour bonne bref broken brouillon but by c'est ca can cannot car carte
    ce cela celle celles celui cependant ces cet cette change changement changer chaque chez choisir chose
    clairement classique client code codes colle comme comment complexe complique compromis compte conforme
    connexion connu copie correct correctly court courte creation creer curieusement currently d'abord d'apres
    dans de debile debloquer dedans defaut definir deja demain demande demander demodee depuis dernier derniere
    des desormais dessus deux devenu different difficile disabled dispo disponible does don't donc du dur
    effectivement egal egalement either elle elles en encore enfin enorme ensuite envoyer ephemere erreur
    erreurs errone erronee espace essayer est et etait etre even exact exacte expire expired expiree facebook
    facile faible false fausse faut faux field fine fini fonctionne for forgot forgotten fort forte fragile free
    from garde general genre gmail gone good google gratuit grave guillemets habituel hacked has have helas help
    here hi hier honteux hors hotmail how hs i i'm ici icloud idem identifiant identifiants identique if il
    illisible ils important impossible impots in incomplet incomprehensible inconnu inconnue incorrect
    incorrecte inexact inexistant initial instagram intact internet inutile inutilisable invalid invalide is it
    its j'ai j'avais jamais je just juste known l'ancien l'autre la lamentable later le leger legere les leur
    ligne locked login long longue lors lost lui m'a ma madame mail mais majuscule mal malheureusement marche
    mauvais mauvaise maximum me meme merci mes messagerie microsoft mieux minimum minuscule missing mobile
    modification modifier moi moins mon monsieur my n'a n'est naturellement ne necessaire needed never new
    nickel no nok non none normal normalement nos not note notre nous nouveau nouvel nouvelle now nul nulle
    numero obligatoire oblige obsolete of officiel ok old on once only or orange ordinateur originel ou oubli
    oublie oubliee oui outlook par parce pareil parfait parfois partage partagee partout pas passe paypal
    penible perdu perdue perime perimee perso personne personnel perte pete peu peut piratage please plein plus
    plutot possible pour pourquoi pourri pourtant pratique precedent prefere principal pris prive problem
    probleme problemes propre provisoire public publique puis quand que quel quelle quelqu'un quelque question
    qui quoi rappel ras rdv reason recevoir rechercher recognised recognized recu recuperation reel refaire
    refuse refused refusee reinitialisation reinitialiser rejected rejete renouveler renouvellement required
    requis reset retrouver ridicule rien right rigolo risque robuste sa safe sais same sans savoir scandaleux se
    secours secret secrete secure securise selon sensible ses seul sfr shared si simple simplement simpliste
    site sms so soi-disant some something son souci soudain sous souvent special standard still stolen stp
    strictement strong stupide suivant sujet supprimer sur svp systematiquement t'es tablette te tel telephone
    telle tellement temporaire that the their then there this to ton too toujours tous tout toute toutefois tres
    trop trouve type un une unique unknown unsafe urgence urgent usage utile utilise valable valid valide
    verrouille verrouillee very vide vieille vieux visible visiblement vite voici voila voir vol votre vous vrai
    vraiment vu was weak what whatsapp when where which who why wifi windows with without working wrong y yahoo
    yes yet you your
    """.split()  # noqa: SIM905  a list of words is read as a text
)
"""Words that may follow « mot de passe : » or « mon mot de passe est » and are no password."""

DESCRIBING = re.compile(r"..(?:ables?|ibles?|ement|amment|tions?|aires?|iques?|ants?|ents?|ifs?|ives?|eux|euses?)$")
"""Endings of words that describe a password: obligatoire, introuvable, insuffisant."""

NEAR_ANOTHER = re.compile(
    r"\b(?:bon d'|bons? de |coupon|reduction|parrain\w*|promo\w*|remise|cadeau|offre|prime|swift|bic"
    r"|facture|discount|voucher)"
    r"[^.\n]{0,16}$|(?<!par )\berreurs? (?:[a-z]+ )?$"
)
"""Before « code »: it is that of something else (bon de réduction, code ETE2026)."""

OF_THE_CODE = re.compile(
    r"\s(?:secret|sercet|suivant|bancaire|recu|actuel|habituel|perso|personnel|tape|compose|carte|donne"
    r"|errone|faux|valide"
    r"|correct|ancien|nouveau|actuellement|initial|provisoire|confidentiel|automatique|unique|temporaire"
    r"|demande|mauvais"
    r"|mobile|tablette|appli|application|internet|web|digital|visa|mastercard|gold|distributeur|automate"
    r"|wrong|right|sent|received|given|etait|serait|pour|avec|devient|devenu|reste|inscrit|note|ecrit|affiche"
    r"|envoye|fourni"
    r"|choisi|sont|refuse|bloque|marque|personel|habituelle|courant|pin|internet|sms|seul)\s"
)
"""What may stand alone between « code » and its figures; other words name another code (code fournisseur 20145)."""

INDEFINITE = re.compile(r"\b(?:un|une|aucun|quel|chaque|ce|votre|vos|a|any|no|your|regles? de|de) $")
"""Before « mot de passe »: what is said then is about passwords, and is none."""

RELATIVE = re.compile(r"\b(?:que?|qui|dont|which|that|[0-9] chiffres|caracteres)\b|qu'")
"""Between « mot de passe » and « est »: a sentence about it, whose adjective is no password."""

APPOSED = re.compile(
    r"\s*(?:$|[.,;:!?)»\"]|(?:habituel|de toujours|actuel|d'origine|depuis|prefere|internet|secret|confidentiel"
    r"|perso\w*"
    r"|a l'instant|ce matin|hier|aujourd'hui|cette nuit"
    r"|par (?:sms|telephone|mail|courrier)|de (?:la |ma )?(?:carte|cb)|bancaire|normal|usual|since)\b)"
)
"""After « 6340, mon code »: nothing is said of the code but that it was this one."""

PARTICIPLE = re.compile(r"(?:é|ée|és|ées)$", re.IGNORECASE)
AFTER_A_LONE_WORD = re.compile(
    r"(?=\s*$|[ ]*[.,;:!()»\"\n/]|\s+n'|\s+(?:ne|marche|fonctionne|passe|does|is|et|mais|merci|svp|stp|mon|ma|je|j'|il"
    r"|elle|ca|sa|cela|on|pouvez|pouvez-vous|aidez|debloquez|car|pourquoi|puis|thanks|but|and|please|identifiant"
    r"|login|until|jusqu|hier|yesterday|avant|partout|avec"
    r"|since|sans|pourtant|alors|donc|ensuite|before|now"
    r"|id|i|it|depuis)\b)"
)
NO_ANSWER = re.compile(
    r"(?:ne|n'|est|a|aux?|ma|mes|ne|pas|oubli\w*|perdu\w*|fau(?:x|sse)|incorrect\w*|refus\w*|demand\w*|marche"
    r"|fonctionne|doit"
    r"|peut|attend\w*|disparu|chang\w*|et|ou|mais|car|with|wrong|does\w*|isn't|que|quoi|qui|comment|serait|sera|sont)$"
)
"""Words after « réponse secrète » that speak of it and are not it."""

VOUCHER = re.compile(r"[A-Z]{4,12}[0-9]{1,3}(?![\w-])")
"""SOLDES30: a word in capitals and a small number is a voucher or a label, not a code that a machine drew."""

DEVICES = re.compile(
    r"^(?:iphone|ipad|ios|samsung|galaxy|android|windows|win[0-9]|xperia|pixel|redmi|sm-|huawei|version|v[0-9]|https?:"
    r"|www\.|covid)"
)
