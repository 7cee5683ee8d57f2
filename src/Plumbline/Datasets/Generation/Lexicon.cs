namespace Plumbline.Datasets.Generation;

/// <summary>The words of the generated reviews. Grades run from -2 (hated) to 2 (loved); arrays by grade start at -2.</summary>
internal static class Lexicon
{
    public static readonly Category[] Categories =
    [
        new(new("book|story|novel|read|series|tale|sequel|volume|paperback|short story|debut", "audiobook|webnovel|serial|cozy|romantasy|progression fantasy|omnibus"),
            new("plot|characters|writing|ending|pace|dialogue|hero|heroine|editing|romance|twist|world building|prose|chapters|mystery|humor|suspense|first half|last chapter|narrator", "lore|magic system|tropes|banter|spice|pov|cliffhanger|prologue|grumpy one|side quests"),
            new("murder|secret|marriage|war|family|ghost|crime|inheritance|journey|kingdom|letter|island|village|detective|dragon|vampire|captain|sister|ranch|treasure", "heist|academy|dungeon|starship|pandemic|bakery|rebellion|bond|simulation|colony"),
            TellsStory: true),
        new(new("headphones|speaker|charger|cable|phone|tablet|camera|keyboard|laptop|monitor|router|battery|device", "earbuds|soundbar|power bank|foldable|smartwatch|dashcam|tracker|smart plug|webcam"),
            new("sound|battery life|screen|buttons|setup|design|price|bass|microphone|connection|instructions|volume|cable|cover|picture|charging|menu|app|controls|weight", "noise cancelling|firmware|latency|usb c port|companion app|fast charging|pairing|assistant|refresh rate|touch controls"),
            new("bluetooth|plug|adapter|wifi|remote|port|manual|signal|light|reset|update|support line|box|driver|desk", "matter hub|esim|hotspot|magsafe|codec|cloud account|subscription|qr code|ecosystem"),
            TellsStory: false),
        new(new("pan|knife|blender|kettle|coffee maker|toaster|pot|mixer|grill|scale|machine|bowl set", "air fryer|multicooker|milk frother|sous vide stick|vacuum sealer|soda maker|pizza oven"),
            new("handle|blade|lid|finish|coating|size|motor|noise|quality|material|price|color|shape|edges|timer|cord|packaging|weight|design|base", "ceramic coating|preset modes|basket|touch panel|drip tray|recipe app|silicone seal|quiet mode"),
            new("eggs|soup|bread|coffee|dishwasher|oven|counter|sauce|rice|breakfast|dinner|stove|drawer|vegetables|cake", "oat milk|kimchi|sourdough|smoothie bowls|meal prep|ramen|matcha|tofu"),
            TellsStory: false),
        new(new("shirt|jacket|dress|shoes|boots|jeans|sweater|hat|bag|coat|socks|belt", "hoodie|leggings|sneakers|joggers|shacket|crossbody|puffer|tote"),
            new("fit|fabric|color|size|stitching|zipper|sleeves|material|length|quality|price|buttons|seams|pockets|heel|sole|collar|look|waist|lining", "stretch|recycled fabric|oversized cut|drawstring|memory foam|compression|ribbing|colorway"),
            new("wash|wedding|office|summer|winter|closet|dryer|photo|party|hike|medium|large|chest|ankle|return label", "haul|festival|yoga class|capsule wardrobe|resale|commute|airport|thrift shop"),
            TellsStory: false),
        new(new("movie|film|game|show|album|season|episode|soundtrack|documentary|comedy", "remake|reboot|dlc|miniseries|battle royale|podcast|anime|early access build"),
            new("acting|story|music|graphics|ending|soundtrack|jokes|effects|cast|script|lead actor|first hour|songs|lyrics|controls|levels|voices|dialogue|pace|camera work", "lootboxes|matchmaking|cgi|battle pass|fan service|open world|dubbing|frame rate|crossplay|microtransactions"),
            new("robot|cop|war|princess|boss fight|band|killer|alien|spaceship|mission|prison|teacher|zombie|bank|wedding", "multiverse|influencer|speedrun|metaverse|drone|streamer|patch|clan|arena"),
            TellsStory: true),
    ];

    public static readonly WordList[] Adjectives =
    [
        new("terrible|awful|horrible|dreadful|pathetic|disgusting|unbearable|useless|atrocious|garbage|laughable|inexcusable|abysmal|insulting", "trash|cringe|dogwater|a scam|toxic|a dumpster fire|brain rot|unhinged"),
        new("bad|boring|disappointing|weak|poor|dull|cheap|annoying|flat|confusing|slow|frustrating|mediocre|clumsy|sloppy|lacking|bland|rushed|forgettable|tedious", "mid|janky|sus|meh|buggy|overhyped|clunky|low effort|lame|scuffed"),
        new("okay|average|fine|so-so|decent|alright|nothing special|acceptable|ordinary|standard|passable|fair|what you would expect", "whatever|fine i guess|ok ish|serviceable|a mixed bag|npc level"),
        new("good|nice|solid|enjoyable|interesting|fun|pleasant|entertaining|well done|likeable|neat|charming|satisfying|clever|worthwhile|comfortable|cute|engaging|sweet|useful", "lit|wholesome|legit|chill|comfy|a vibe|relatable|crisp|on point|bingeable"),
        new("great|excellent|amazing|wonderful|fantastic|perfect|awesome|superb|brilliant|beautiful|outstanding|incredible|stunning|gorgeous|flawless|phenomenal|delightful|magnificent", "fire|goated|epic|bussin|god tier|chefs kiss|elite|immaculate|iconic|next level"),
    ];

    // Two-faced words: the first list is said of bad things, the second of good ones, until their meaning drifts.
    public static readonly WordList TwoFacedBad = new("predictable|sick|crazy|insane|dark|cheesy|ridiculous|wicked|weird|mental|savage|brutal|nasty");
    public static readonly WordList TwoFacedGood = new("simple|light|intense|different|sharp|quiet|quaint|unexpected|smooth|classic|ambitious|familiar|sweet as can be");

    public static readonly WordList Intensifiers = new("very|really|so|pretty|just|absolutely|quite|extremely|truly|totally|super|incredibly|a bit|rather|completely|kind of|somewhat", "lowkey|highkey|hella|mad|straight up|literally|actually");
    public static readonly WordList Negations = new("not|not very|not that|never|not exactly|not at all|hardly|not particularly|far from|anything but");

    public static readonly WordList[] Verbs =
    [
        new("hated|couldn't stand|despised|can't believe how bad they made|regret paying for|was disgusted by|threw away", "cannot with|want a refund for|got played by"),
        new("didn't like|disliked|was disappointed by|struggled with|didn't care for|never warmed to|skipped parts because of|didn't enjoy", "got the ick from|was not feeling|slept through"),
        new("was okay with|didn't mind|had no strong feelings about|can live with|don't know what to make of|expected more of|didn't hate", "was whatever about|am neutral on|shrugged at"),
        new("liked|enjoyed|appreciated|was happy with|had fun with|was pleased with|really liked|can't complain about|have no problem with", "vibed with|am into|was here for"),
        new("loved|adored|couldn't get enough of|absolutely loved|fell in love with|was blown away by|am obsessed with|can't say enough about|couldn't put down", "am living for|stan|was dead over"),
    ];

    public static readonly WordList People = new("my wife|my husband|my son|my daughter|my mom|a friend|my sister|my brother|my dad|my kids|my neighbor|a coworker|my book club|my roommate|my grandma|my boss", "my followers|my discord|my partner|my group chat");
    public static readonly WordList Times = new("last week|two months ago|yesterday|last summer|for Christmas|over the weekend|a few days ago|in March|last year|on Monday|this morning|on vacation|for my birthday|on sale|during lunch|back in June|right before the holidays");
    public static readonly WordList Durations = new("two days|a week|three months|an hour|about a month|one evening|ten minutes|half a year|a few weeks|a couple of hours|almost a year|one sitting|two washes");
    public static readonly WordList Deeds = new("finds|steals|loses|inherits|hides|falls for|escapes from|returns to|is accused of|investigates|runs away from|discovers|must save|is haunted by|tries to forget", "hacks|livestreams|respawns in|matches with|ghosts|unlocks");
    public static readonly WordList Emotions = new("anger|grief|hope|fear|love|jealousy|revenge|loneliness|guilt|friendship|trust|faith|pride", "burnout|anxiety|healing|trauma|found family");
    public static readonly WordList Jobs = new("detective|nurse|widow|soldier|lawyer|orphan|thief|farmer|professor|spy|sheriff|princess|journalist|doctor|cook|sailor", "influencer|barista|coder|streamer|founder|gamer");

    public static readonly WordList[] Emoji =
    [
        new("😡|🤮|👎👎|😤|💩|🤬"), new("👎|😞|🙄|😒|😕|😴"), new("🤷|😐|🤔|😶"), new("🙂|👍|😊|😄|👌"), new("😍|❤️|🔥|🎉|💯|👏👏|🥰|⭐⭐⭐⭐⭐"),
    ];

    public static readonly WordList Hosts = new("youtu.be|www.amazon.com|bit.ly|imgur.com|www.goodreads.com|example.com|blog.example.org|www.reddit.com", "tiktok.com|www.twitch.tv|discord.gg");
    public static readonly WordList Entities = new(" &amp; all that| &#34;as advertised&#34;|&hellip;| &lt;3| (see the photo &amp; video)|&nbsp;|&#8217;nuff said| -&gt; ymmv");

    // Others who buy here: sentences of a bad, a middling and a good review.
    public static readonly WordList[] Foreign =
    [
        new("No lo recomiendo, es muy malo.|Qué decepción, perdí mi dinero.|Leider sehr enttäuschend und langweilig.|Schlechte Qualität, nach einer Woche kaputt.|Très déçu, je ne recommande pas.|C'est nul, une perte de temps.|Ужасно, не покупайте.|Очень скучно и плохо сделано.|最悪です。お金の無駄でした。|すぐに壊れました。残念です。"),
        new("Está bien, nada especial.|Ni bueno ni malo.|Ganz okay, aber nichts Besonderes.|Für den Preis in Ordnung.|Correct, sans plus.|Pas mal, mais un peu long.|Нормально, но ничего особенного.|Средне, на один раз.|まあまあです。普通。|可もなく不可もなく。"),
        new("¡Me encanta! Muy recomendable.|Excelente calidad, llegó muy rápido.|Sehr schön, absolut empfehlenswert!|Tolles Buch, ich konnte nicht aufhören.|Magnifique, je recommande vivement.|Très bon produit, j'adore.|Отлично, всем советую!|Очень понравилось, спасибо.|とても良かったです。おすすめ！|最高です！また買います。"),
    ];
}
