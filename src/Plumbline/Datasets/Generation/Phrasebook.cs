namespace Plumbline.Datasets.Generation;

/// <summary>The sentences of the generated reviews. Arrays by grade start at -2.</summary>
internal static class Phrasebook
{
    public static readonly Template[] Opinions = Template.ParseAll(
        """
        the {aspect} {be} {opinion}
        I thought the {aspect} {be} {opinion}
        I {verb} the {aspect}
        I {verb} this {noun}
        honestly, I {verb} the {aspect}
        as for the {aspect}, I {verb} it
        overall the {noun} {be} {opinion}
        what a {adjective} {noun}
        {adjective} {aspect} if you ask me
        {person} {verb} it and I can see why
        both the {aspect} and the {aspect} are {opinion}
        for {price} the {aspect} {be} {opinion}
        compared to the {brand} the {aspect} {be} {opinion}
        the {noun} itself {be} {opinion}, I bought it {time}
        everything about the {aspect} {be} {opinion}
        it {be} {opinion}
        in my opinion it {be} {opinion}
        a {adjective} {noun} with {adjective} {aspect}
        after {duration} I can say that the {aspect} {be} {opinion}
        I have to say the {aspect} {be} {opinion}
        not sure about the {topic}, but the {aspect} {be} {opinion}
        {person} said the {aspect} {be} {opinion}
        I found the {aspect} {opinion}
        speaking of this {noun}: the {aspect} {be} {opinion}
        {name} did a {adjective} job with the {aspect}
        how {adjective} can a {noun} be?
        did I mention that I {verb} the {aspect}?
        """);

    public static readonly Template[] Contrasts = Template.ParseAll(
        """
        I {contraryverb} the {aspect} but the {aspect} {be} {opinion}
        the {aspect} {be} {contrary}, but I {verb} the {aspect}
        although the {aspect} {be} {contrary}, the {aspect} {be} {opinion}
        the {aspect} {be} {contrary}. However, the {noun} {be} {opinion}
        {person} {contraryverb} it, I {verb} it
        while the {aspect} {be} {contrary}, overall it {be} {opinion}
        it started {contrary}, then it got {opinion}
        I wanted to say the {aspect} {be} {contrary}, yet it {be} {opinion}
        despite the {aspect} being {contrary} I {verb} this {noun}
        some say it {be} {contrary}; for me it {be} {opinion}
        other reviews said {contrary}, I say {opinion}
        I usually find this kind of {noun} {contrary}, but this one {be} {opinion}
        my last {noun} {be} {contrary} and this one {be} {opinion}
        """);

    public static readonly Template[] StoryFacts = Template.ParseAll(
        """
        {name} is a {job} who {deed} a {topic}
        {name} {deed} the {topic} and meets {name}
        when {name} {deed} a {topic}, everything changes
        it is set in {name} in {year}
        {name} and {name} grew up together in {name}
        the story follows {name}, a {job} from {name}, and the {topic}
        the {job} {deed} the {topic} while {name} {deed} {name}
        it deals with {emotion} and {emotion}
        then there is {name}, the {job}
        this is the first {noun} by {name} {name} that I tried
        there is a {topic}, a {topic} and of course a {job}
        {name} can't tell {name} about the {topic}
        will {name} ever trust {name} again?
        it is about {number} pages or so, I got it {time}
        part {number} picks up where {name} left the {job}
        the {topic} in chapter {number} reminded me of {name}
        I also read {name} by the same author
        {person} recommended it {time}
        a {job}, a {topic}, some {emotion}: you know the kind
        """);

    public static readonly Template[] GoodsFacts = Template.ParseAll(
        """
        I bought this {noun} {time} for {person}
        I ordered the {brand} {number} and got it in {number} days
        I use it for the {topic} about {number} times a week
        it replaced my old {brand}, which I had for {duration}
        the box says {brand} {number}, made in {name}
        I am {number} years into using {brand}
        I paid {price} for it {time}
        first the {topic}, then the {topic}, it does it all
        {person} has the same {noun} from {brand}
        it is about {number} inches and fits next to the {topic}
        I have used it for {duration} now
        I tried it with the {topic} and with the {topic}
        the seller, {name} {name}, answered in {duration}
        we took it to {name} {time}
        I own {number} of these
        mind the {topic} when you use it
        I was looking at the {brand} and the {brand} before
        ordered {time}, delivered by {name}
        does anybody know if it works with the {topic}?
        the {topic} goes on the left side, the {topic} on the right
        """);

    public static readonly Template[] Fillers = Template.ParseAll(
        """
        just my two cents
        I don't usually write reviews
        I read the other reviews before buying
        your mileage may vary
        I will update this review if anything changes
        sorry for the long review
        I received it for free for my honest opinion
        hope this helps somebody
        there is not much else to say
        see {link} for what I mean
        as I said{entity}
        I am {number} years old and have seen a few of these
        {person} was there too
        so there you have it
        I got it {time}, {price}
        anyway, moving on
        edit: it is {year} now and I still think so
        no spoilers here
        (pictures at {link})
        let me start with the {aspect}
        """);

    public static readonly Template[][] Experiences =
    [
        Template.ParseAll(
            """
            it broke after {duration}
            I want my money back
            it went straight into the trash
            customer service hung up on me
            I gave up after {duration}
            {person} laughed at me for buying it
            half of it was missing
            it smelled like something died in the {topic}
            I returned it {time}
            """),
        Template.ParseAll(
            """
            it stopped working after {duration}
            I had to force myself through it
            I expected more for {price}
            it took {duration} to arrive
            I kept checking how much was left
            {person} asked why I bothered
            I'm thinking about sending it back
            it has been sitting in a drawer for {duration}
            """),
        Template.ParseAll(
            """
            it does what it says
            it passed the time
            you get what you pay for
            some parts worked, some parts did not
            I might try another one
            three stars seems right to me
            I will probably forget it in {duration}
            it depends on what you are looking for
            """),
        Template.ParseAll(
            """
            it arrived on time
            it kept me busy for {duration}
            {person} wants one too
            it works as described
            I would buy it again at this price
            a few small problems, nothing serious
            it took a while, then it had me
            glad I gave it a chance
            """),
        Template.ParseAll(
            """
            I finished it in {duration}
            I bought another one for {person}
            I laughed, I cried
            it exceeded all my expectations
            I can't wait for the next one
            I use it every single day
            everybody asks me where I got it
            best {price} I ever spent
            I stayed up all night
            """),
    ];

    public static readonly Template[][] Verdicts =
    [
        Template.ParseAll("do not buy this\navoid at all costs\na complete waste of time and money\nstay away\none star is too much\nsave your money\nnever again\nI wish I could give zero stars"),
        Template.ParseAll("I can't recommend it\nnot worth {price}\nskip this one\nI would not buy it again\ntwo stars from me\nthere are better ones out there\nlook at the {brand} instead\nnot for me"),
        Template.ParseAll("take it or leave it\nmaybe worth it on sale\nthree stars\nit could have been better\nnot bad, not great\nborrow it from {person} first\nok for the price\nI'm on the fence"),
        Template.ParseAll("worth the money\nI would recommend it\nfour stars\na good buy\nworth a try\nlooking forward to more from {name}\nrecommended for {person} too\nno regrets"),
        Template.ParseAll("highly recommended\nbuy it now\nfive stars\nyou won't regret it\na must have\nworth every penny\nI can't recommend it enough\n10 out of 10\ntwo thumbs up"),
    ];

    public static readonly Template[][] Shorts =
    [
        Template.ParseAll("hated it\nterrible {noun}\njunk\nwaste of money\n{opinion}\n{opinion} {noun}\ndon't bother\nbroke after {duration}"),
        Template.ParseAll("disappointed\n{opinion}\nmeh\nnot my kind of {noun}\n{opinion} {aspect}\nnot worth it\nexpected more"),
        Template.ParseAll("it's ok\n{opinion}\nso so\naverage {noun}\ndoes the job\n{aspect} {opinion}\nfine for the price"),
        Template.ParseAll("good {noun}\nliked it\n{opinion}\nnice {aspect}\nworks well\n{person} liked it\nnot bad at all"),
        Template.ParseAll("loved it\ngreat {noun}\n{opinion}\nexcellent\nperfect\n{person} loves it\ncan't put it down\n{opinion} {noun}"),
    ];

    public static readonly Template[] Sarcasm = Template.ParseAll(
        """
        Great, just great. It broke after {duration}.
        Oh wow, what a wonderful way to lose {price}.
        Perfect, if you love reading about a {topic} for {duration}.
        Brilliant idea to leave out the {aspect}. Thanks a lot.
        Excellent, another {noun} for the trash can.
        Fantastic. {duration} and it is dead already.
        If you enjoy being bored, this is the best {noun} ever.
        I just love paying {price} for nothing.
        Congratulations to {brand} for the most beautiful paperweight I own.
        Amazing how {name} gets paid for this. Truly amazing.
        """);
}
