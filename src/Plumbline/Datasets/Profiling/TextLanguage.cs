using System.Text;
using Plumbline.Text;

namespace Plumbline.Datasets.Profiling;

/// <summary>
/// Which language a text is in: by its script where only one language of weight is written in it, else by function words, the most frequent of each
/// language. Short texts and languages that are not listed are undecided. Not thread-safe.
/// </summary>
internal sealed class TextLanguage
{
    public const string Undecided = "und";

    private const int FewestWords = 2;

    /// <summary>How much better than the second the best must fit.</summary>
    private const double Lead = 1.25;

    private static readonly Dictionary<string, string> ByScript = new (string Script, string Language)[]
    {
        ("Greek", "el"), ("Armenian", "hy"), ("Hebrew", "he"), ("Bengali", "bn"), ("Gurmukhi", "pa"), ("Gujarati", "gu"), ("Odia", "or"), ("Tamil", "ta"),
        ("Telugu", "te"), ("Kannada", "kn"), ("Malayalam", "ml"), ("Sinhala", "si"), ("Thai", "th"), ("Lao", "lo"), ("Tibetan", "bo"), ("Myanmar", "my"),
        ("Georgian", "ka"), ("Hangul", "ko"), ("Ethiopic", "am"), ("Khmer", "km"), ("Mongolian", "mn"), ("Hiragana", "ja"), ("Katakana", "ja"), ("Han", "zh"),
    }.ToDictionary(pair => pair.Script, pair => pair.Language, StringComparer.Ordinal);

    private static readonly (string Language, string Words)[] FunctionWords =
    [
        ("en", "the and of to is was it that this for with you not are have but they he she my had be on as at i"),
        ("de", "der die das und ist nicht ich ein eine zu mit den auf für sich dem auch es war sie wir im aber von wie"),
        ("fr", "le la les des et est un une dans pour que qui pas sur avec ce je il vous nous du au mais très plus"),
        ("es", "el la los las de que y en un una es por con para no se su lo como más pero muy me al del"),
        ("pt", "o a os as de que e em um uma é por com para não se do da no na mais mas muito eu foi"),
        ("it", "il la le di che e un una è per con non si del della sono ma più anche lo gli molto questo ho nel"),
        ("nl", "de het een en van is dat niet in te op voor met zijn ik maar ook er aan wel we heeft deze naar was"),
        ("sv", "och att det som en är på inte av för med den jag till har ett om var men så de han vi kan sig"),
        ("da", "og at det en er på ikke af for med den jeg til har et om var men så de han vi kan sig meget"),
        ("no", "og at det en er på ikke av for med den jeg til har et om var men så de han vi kan seg veldig"),
        ("fi", "ja on ei se että oli hän mutta ovat kun niin tämä myös joka minä ole kuin sen mitä vain jos nyt"),
        ("pl", "i w nie na się jest to że z do jak ale co po tak o od za ja czy już tylko przez był mnie"),
        ("cs", "a je se na to že v s z do ale jak co po tak jsem jsou by ve pro když už jen být jako"),
        ("hu", "a az és hogy nem is egy van ez volt de meg csak ha már mint el még azt ki nagyon minden lesz"),
        ("ro", "și de în la cu nu este o un pe că să se din care mai sunt dar pentru am foarte ca au fost"),
        ("tr", "ve bir bu da de için çok ne ile ama gibi daha var o mi ben değil kadar sonra olarak olan her en"),
        ("id", "yang dan di ini itu dengan untuk tidak dari ada ke saya pada adalah akan juga kami sudah bisa tapi sangat"),
        ("vi", "và là của có không một cho được người những này trong với các đã tôi rất nhưng khi ra"),
        ("ru", "и в не на что с я он это как по но все она так его за то мы у вы очень было из для"),
        ("uk", "і в не на що з я він це як по але та від за до ми ви дуже було є для вона також її"),
        ("bg", "и в не на че с аз той това като по но да се за от съм са е много беше със ще му при"),
        ("ar", "في من على أن إلى هذا التي الذي ما لا كان هذه عن مع هو هي ذلك كل قد لم"),
        ("fa", "و در به از که این را با است برای آن خود تا بر یک هم می شد بود ما"),
        ("ur", "اور کے میں کی ہے سے کا کو نے پر یہ ہیں اس کہ بھی تھا ایک نہیں ہو گیا"),
        ("hi", "के में की है और से का को ने पर यह हैं इस कि भी था एक नहीं हो गया"),
        ("mr", "आहे आणि या ते हे तो ती मी नाही होते की चा ची चे मध्ये पण त्या आहेत"),
    ];

    /// <summary>By the tokeniser's hash of the word.</summary>
    private static readonly Dictionary<ulong, int[]> LanguagesOf = FunctionWords.Index().SelectMany(item => HashesOf(item.Item.Words).Select(word => (Word: word, Language: item.Index)))
        .GroupBy(pair => pair.Word, pair => pair.Language).ToDictionary(group => group.Key, group => group.ToArray());

    private readonly Tokenizer _tokenizer = new(new TokenOptions());
    private readonly TokenBuffer _tokens = new();

    /// <returns>ISO 639-1, or <see cref="Undecided"/>.</returns>
    public string Detect(ReadOnlySpan<byte> text)
    {
        _tokenizer.Tokenize(text, _tokens);
        return Detect(TextFacts.Of(text).Script, _tokens);
    }

    /// <param name="script">As <see cref="TextFacts"/> tell it.</param>
    /// <param name="tokens">Of the text, without options.</param>
    public string Detect(byte script, TokenBuffer tokens)
    {
        if (ByScript.TryGetValue(Script.Names[script], out var only))
            return only;
        Span<double> scores = stackalloc double[FunctionWords.Length];
        scores.Clear();
        var known = 0;
        for (var token = 0; token < tokens.Count; token++)
        {
            if (!LanguagesOf.TryGetValue(tokens.Hashes[token], out var languages))
                continue;
            known++;
            foreach (var language in languages)
                scores[language]++;
        }
        var best = 0;
        for (var language = 1; language < scores.Length; language++)
            if (scores[language] > scores[best])
                best = language;
        var most = scores[best];
        scores[best] = 0;
        return known >= FewestWords && most >= FewestWords && most >= Lead * Max(scores) ? FunctionWords[best].Language : Undecided;
    }

    private static HashSet<ulong> HashesOf(string words)
    {
        var tokens = new TokenBuffer();
        new Tokenizer(new TokenOptions()).Tokenize(Encoding.UTF8.GetBytes(words), tokens);
        return [.. tokens.Hashes.AsSpan(0, tokens.Count)];
    }

    private static double Max(ReadOnlySpan<double> values)
    {
        var most = 0.0;
        foreach (var value in values)
            most = Math.Max(most, value);
        return most;
    }
}
