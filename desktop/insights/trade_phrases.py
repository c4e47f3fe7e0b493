"""What callers and agents say, as patterns with a valence (language: desktop.insights.phrases).

Polite complaints hold no bad word ("I have been waiting for three weeks"), so patterns carry most of the score.
Single patterns of -3 score -0.61, of -4 -0.72; -2 scores -0.46.
"""

from __future__ import annotations

from desktop.insights.phrases import Phrase

_ORDINAL = "second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|hundredth"
_MANY = "two|three|four|five|six|seven|eight|nine|ten|several|many|multiple|countless|twenty|dozen"
_LONG = "hour*|day*|week*|month*|year*|forever|ages"
_BOSS = "manager|managers|supervisor|supervisors|boss|superior"
_SOLVE = "work|works|working|worked|fix*|solv*|resolv*|help|helps|helping|helped|respond*|load|loads|connect|connects"
_WANT = "want|need|like|wish|decided|going|would"
_LEAVE = "switch|switching|move|moving|going|go"

REPETITION = (
    Phrase(f"{_ORDINAL} time ..3 call*|ask*|told|explain*|contact*|report*|try*|tried|happen*|about|in|this", -3.0),
    Phrase(f"this|that|it|for is? ..1 the|my {_ORDINAL} time|call|letter|month|week", -3.0),
    Phrase("how many times", -3.2),
    Phrase("how many more times", -3.2),
    Phrase("over and over", -2.8),
    Phrase("again and again", -2.8),
    Phrase("every time i|we call*", -2.4),
    Phrase(f"{_MANY} times now|already|this", -2.6),
    Phrase("every single time|day|month|week", -2.0),
    Phrase(f"called|phoned|emailed|written|asked|reported|complained|explained ..4 {_MANY} times", -3.0),
    Phrase("called|asked|explained|reported|complained ..3 already|before", -2.4),
    Phrase("keep|keeps|kept getting|calling|asking|telling|sending|repeating|saying|explaining|happening", -2.4),
    Phrase("have|has to explain|repeat|call ..4 again", -3.0),
    Phrase("i|we already told|explained|said|gave|called|sent|asked", -2.4),
    Phrase("i|we have already told|explained|said|given|called|sent|asked", -2.4),
    Phrase("wrong|down|out|broken|late|off|charged|billed again", -3.0),
    Phrase("same problem|issue|thing|answer|error|mistake ..3 again", -3.0),
)

UNMET_PROMISE = (
    Phrase("i|we was|were told", -1.0),
    Phrase("i|we was|were told ..6 would|will", -2.6),
    Phrase("i|we was|were promis*", -2.8),
    Phrase("i|we have been promis*", -2.8),
    Phrase("you|they|he|she promis*", -2.6),
    Phrase("never|not ..1 came|come|arriv*|show*|got|received|happened|returned|heard|deliver*", -2.8),
    Phrase("did not come|arrive|show|happen|return|deliver", -2.8),
    Phrase("have|has not ..1 received|arrived|heard|gotten|got|come|happened|changed", -2.4),
    Phrase("you|they|he|she said|told ..2 it|that|this|would|will|you ..6 but|and ..2 not|never|still|been", -2.6),
    Phrase("not what ..3 told|said|promised", -2.8),
    Phrase("already paid|returned|canceled|cancelled|reported|sent ..4 again|still|twice", -2.6),
    Phrase("i|we ..1 already paid|canceled|cancelled|returned", -1.8),
    Phrase("still ..2 not", -2.6),
    Phrase("still waiting", -3.0),
    Phrase("still ..2 broken|wrong|down|out|missing|pending", -3.0),
    Phrase("not what i was|am told|promised|ordered|asked|expected", -2.8),
    Phrase("not what i ordered|asked|wanted|expected|signed", -2.6),
    Phrase("nothing ..2 happen*|changed|done|works|worked|helped|helps", -2.8),
)

NOBODY_CARES = (
    Phrase("nobody|none ..3 call*|contact*|help*|answer*|respond*|listen*|came|come|tell*|told|know*|care*", -3.4),
    Phrase("no one ..3 call*|contact*|help*|answer*|respond*|listen*|came|come|tell*|told|know*|care*", -3.4),
    Phrase("nobody|none ..2 got|get|gets|getting back|in", -3.4),
    Phrase("no one ..2 got|get|gets|getting back|in", -3.4),
    Phrase("never ..2 called|call|calls|contacted|got|get|answered|replied ..1 back|me|us", -3.2),
    Phrase("hung|hang|hangs up on", -3.2),
    Phrase("got|been cut|disconnected ..1 off?", -1.6),
    Phrase("been transferred|transfer ..2 times|around|again", -3.2),
    Phrase("been passed|bounced|sent|shuffled around", -3.0),
    Phrase("not listening|listen ..1 to me|us", -3.4),
    Phrase("not care ..1 about", -3.2),
    Phrase("can not get through|hold|anyone|anybody|someone", -2.6),
    Phrase("can not reach anyone|anybody|someone|you", -2.6),
    Phrase("the run around|runaround", -3.0),
)

WAITING = (
    Phrase(f"been ..1 waiting|wait ..5 {_LONG}|minutes", -3.0),
    Phrase("been waiting", -2.4),
    Phrase(f"been on hold ..4 {_LONG}|minutes", -3.0),
    Phrase(f"waited ..4 {_LONG}|enough|minutes", -2.6),
    Phrase("on hold for ..2 hour|hours|forever|ages|this", -2.6),
    Phrase("taking|takes|taken|took so|too|this|forever ..1 long", -2.4),
    Phrase("how much longer", -2.4),
    Phrase(f"been ..3 {_LONG} and|already", -1.8),
    Phrase("long enough", -2.0),
    Phrase(f"down|out|off|dead|without ..2 for|since ..4 {_LONG}", -2.8),
)

ESCALATION = (
    Phrase(f"i|me|us|we ..3 speak|talk ..1 to|with ..2 {_BOSS}", -3.2),
    Phrase("i|me|us|we ..3 speak|talk ..1 to|with someone|somebody else|higher", -2.8),
    Phrase(f"put|connect|transfer me|us ..2 to|with ..1 {_BOSS}", -3.2),
    Phrase(f"get|give|want|need|demand me? your|the|a {_BOSS}", -3.2),
    Phrase("file|filing|make|making|lodge|submit|filed a? formal? complaint", -3.2),
    Phrase("better business bureau|ombudsman", -3.4),
    Phrase("report|reporting you|this|your to", -3.0),
    Phrase("bad|terrible|negative|one review|star", -2.8),
)

CANCELLATION = (
    Phrase(f"i|we {_WANT} ..3 cancel|terminate|close ..2 account|service|contract", -4.0),
    Phrase(f"i|we {_WANT} ..3 cancel|terminate", -3.4),
    Phrase("cancel|terminate my|our|the|this|it|everything ..2 immediately|today|now|anymore", -4.0),
    Phrase("cancel|terminate my|our|everything", -3.2),
    Phrase("close my|our account*", -3.2),
    Phrase(f"{_LEAVE} ..1 to another|your ..1 company|provider|bank|competitor|supplier", -3.2),
    Phrase(f"{_LEAVE} ..1 to a different|competitor", -3.2),
    Phrase("take|taking my|our business|money ..1 elsewhere|somewhere", -3.4),
    Phrase("not ..3 be a|your customer", -3.2),
    Phrase("not ..2 want it|this anymore", -2.8),
)

MONEY = (
    Phrase("charged|billed|charging|billing ..3 twice|again|double", -3.0),
    Phrase("charge|bill me|us|my twice|again|double", -3.0),  # a recogniser often drops the "d"
    Phrase("charged|billed|charging|billing ..2 for ..3 not|never", -3.0),
    Phrase("double charged|billed|charge|charges", -3.0),
    Phrase("charge|charges|fee|fees ..4 not|never ..1 make|made|authoriz*|agree*|order*|recogni*", -2.8),
    Phrase("not authoriz*|recogni* ..2 charge|charges|payment", -2.6),
    Phrase("my|our money back", -3.0),
    Phrase("i|we|am|are not ..2 pay|paying for ..1 this|that|something|it", -2.8),
    Phrase("not ..1 have to pay|wait|call", -2.8),
    Phrase("why am|was|are|were i|we ..2 charged|billed|charging|paying", -2.6),
    Phrase("charged|billed|paying for ..3 canceled|cancelled|returned", -2.8),
    Phrase("rip|ripped|ripping me? us? off", -3.2),
    Phrase("lost|losing|cost|costing|costs ..1 money|business|customers", -2.6),
    Phrase("lied to", -3.2),
    Phrase("bill|invoice|charge|amount ..2 wrong|incorrect", -2.6),
    Phrase("too expensive|high|much", -1.4),
)

LEGAL = (
    Phrase("sue|suing", -3.8),
    Phrase("my|our|a lawyer|lawyers|attorney|attorneys|solicitor", -3.4),
    Phrase("legal action|steps|proceedings", -3.6),
    Phrase("take|see|taking you|this|them ..1 to? court", -3.6),
    Phrase("small claims", -3.4),
)

NOT_GOOD = (
    Phrase(f"not ..2 {_SOLVE}", -2.4),
    Phrase(f"never|nothing ..1 {_SOLVE}", -2.6),
    Phrase(f"without ..1 {_SOLVE}", -1.8),
    Phrase("not ..1 acceptable", -4.0),
    Phrase("not good enough", -3.4),
    Phrase("is|was not enough", -2.0),
    Phrase("not ..2 happy|satisfied|pleased|impressed", -2.8),
    Phrase("not very? right|fair", -2.2),
    Phrase("not ..1 make|making any? sense", -1.8),
    Phrase("stopped|quit working|responding", -2.4),
    Phrase("keeps|kept|keep ..1 dropping|crashing|breaking|failing|freezing|disconnecting", -2.6),
    Phrase("sick and tired", -3.6),
    Phrase("fed|fad up", -3.4),
    Phrase("had enough", -3.2),
    Phrase("can not believe", -2.4),
    Phrase("waste|wasting|wasted ..1 my|our ..1 time|money", -3.4),
    Phrase("what a joke|mess|shame|disaster|nightmare", -3.2),
    Phrase("what is wrong with you", -3.4),
    Phrase("you people|guys ..2 never|always|keep|are", -2.4),
    Phrase("not trust|believe you|this|what|anything|them|your", -2.8),
    Phrase("posting|post|put|tell|share|write ..2 online|everybody|everyone|review|reviews|twitter|facebook", -2.4),
    Phrase("even listen|listening|care|know|read|try|trying", -2.4),
    Phrase("calm down", -2.6),
    Phrase("never ..2 again", -2.6),
    Phrase("worst ..2 ever|experience|company|service", -3.8),
    Phrase("different answer|answers|story|stories", -1.8),
    Phrase("why is|does|do|are|did ..5 so long|not", -2.2),
)

GOOD = (
    Phrase("thank|thanks you? so|very much", 2.2),
    Phrase("thank|thanks you? ..1 for all|everything|your", 1.8),
    Phrase("thank|thanks you? ..2 for ..1 help*|sort*|solv*|fix*|resolv*", 2.0),
    Phrase("thanks a lot|million|bunch", 1.8),
    Phrase("really|truly|so appreciate", 2.2),
    Phrase("that|it|this works|worked|helps|helped", 2.0),
    Phrase("works|working perfectly|fine|great|again|now|well|beautifully", 2.0),
    Phrase("problem|problems|issue|everything ..2 solved|resolved|fixed|gone|sorted", 2.4),
    Phrase("all ..1 fixed|sorted|set|good|resolved|done", 1.8),
    Phrase("fixed|solved|resolved it|that|this|everything", 2.0),
    Phrase("back up|on|online again|now", 1.6),
    Phrase("no more|further? problems|issues|complaints|questions", 1.0),
    Phrase("no complaints", 2.0),
    Phrase("could|can not be happier|better", 3.0),
    Phrase("could|can not ask for more|better", 3.0),
    Phrase("made my day|morning|week", 2.6),
    Phrase("what|such|big a? big|huge? relief", 2.2),
    Phrase("best ..2 ever|had|experience", 3.0),
    Phrase("exactly what i|we need*|want*", 1.8),
    Phrase("well done", 2.2),
    Phrase("highly recommend", 2.8),
    Phrase("recommend you|your|it|this", 2.2),
    Phrase("went|gone|going out of your|their|his|her way", 2.4),
    Phrase("went|gone above and beyond", 2.8),
    Phrase("very|so|really kind of", 2.2),
    Phrase("kind of you", 2.0),
    Phrase("was|is|were so? very? really? easy|quick|painless|fast", 1.4),
)

PROCEDURE = (
    Phrase("thank|thanks you? ..1 for calling|holding|waiting|contacting|choosing|your", 0.0),
    Phrase("thank|thanks you? for your call|time|business", 0.0),
    Phrase("good morning|afternoon|evening|day|bye", 0.0),
    Phrase("have a great|good|nice|wonderful|lovely day|one|evening|weekend|afternoon|rest", 0.6),
    Phrase("happy|glad to help|assist|do|look|check", 0.2),
    Phrase("no problem|problems|worries|trouble", 0.3),
    Phrase("not a problem", 0.3),
    Phrase("no thank|thanks you?", 0.0),
    Phrase("sorry|apologize|apologies ..4 inconvenience|trouble|delay|wait|mistake|frustration|hear ..2 that?", 0.0),
    Phrase("sorry that|it|you ..5 long|happened|wait|waiting|trouble", 0.0),
    Phrase("should never|not have happened", -0.8),
    Phrase("understand|hear|understanding ..3 frustrat*|upset*|concern*|angry|disappoint*", 0.0),
    Phrase("off and|then? on again", 0.0),
    Phrase("would|will|should|could|to|can|must ..2 be fix*|solv*|resolv*|sort*", 0.0),
    Phrase("to|will|can|could|you fix|solve|resolve", 0.0),
    Phrase("great okay|so|and|let|now|then", 0.3),
    Phrase("is|was|were|are|did|does that|this|it|your|everything ..2 work*|fix*|solv*|resolv*|help*", 0.0),
    Phrase("make|making sure ..3 work*|fix*|solv*|resolv*", 0.0),
    Phrase("you do|will|would? not ..1 have|need to pay|wait|call|do|worry", 0.3),
    Phrase("best way|time|number|option|regards", 0.0),
    Phrase("do|would|did you want|like|wish to? cancel|close", 0.0),
    Phrase("great|good question", 0.3),
    Phrase("could|can you repeat", 0.0),
)

TRADE_PHRASES: tuple[Phrase, ...] = (
    *REPETITION,
    *UNMET_PROMISE,
    *NOBODY_CARES,
    *WAITING,
    *ESCALATION,
    *CANCELLATION,
    *MONEY,
    *LEGAL,
    *NOT_GOOD,
    *GOOD,
    *PROCEDURE,
)
