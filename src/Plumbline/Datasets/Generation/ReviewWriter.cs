using Plumbline.Statistics;

namespace Plumbline.Datasets.Generation;

/// <summary>Writes the text of planned reviews into a buffer of its own. Not thread-safe; one for each thread.</summary>
internal sealed partial class ReviewWriter(ReviewGeneratorOptions options, ZipfMandelbrot names)
{
    /// <summary>Room for a text: the planner asks for at most 1,500 words, and no sentence has more than a few hundred bytes.</summary>
    public const int MaxTextBytes = 64 * 1024;

    private readonly Utf8Buffer _text = new(MaxTextBytes);
    private RandomSource _random = new(0);
    private ReviewPlan _plan;
    private Category _category = Lexicon.Categories[0];
    private bool _sarcastic;

    /// <summary>Texts are valid UTF-8 and never empty. The span is good until the next call.</summary>
    public ReadOnlySpan<byte> Write(in ReviewPlan plan)
    {
        _plan = plan;
        _random = RandomSource.Fork(options.Seed, ((ulong)plan.Row << 1) | 1);
        _category = Lexicon.Categories[plan.ItemTraits.Category];
        _text.Length = 0;
        _sarcastic = plan.Rating <= 2 && _random.NextDouble() < 0.08;

        var foreign = _random.NextDouble() < 0.015;
        var breaks = _random.NextDouble();
        var words = 0;
        if (_sarcastic)
            words += WriteSentence(Phrasebook.Sarcasm, 0);
        do
        {
            if (words > 0)
                WriteBreak(breaks);
            words += foreign && _random.NextDouble() < 0.6 ? WriteForeign() : WriteNext(plan.Words - words);
        }
        while (words < plan.Words);

        if (_random.NextDouble() < plan.UserTraits.EmojiRate)
            WriteEmoji();
        Misspell();
        if (plan.UserTraits.LowerCase)
            LowerCase(_text.Written);
        return _text.Written;
    }

    private int WriteNext(int wordsLeft)
    {
        var grade = NextGrade();
        var kind = _random.NextDouble();
        if (_plan.Words < 9)
            return WriteSentence(Phrasebook.Shorts[grade + 2], grade);
        if (kind < options.FactShare)
            return WriteSentence(_category.TellsStory ? Phrasebook.StoryFacts : Phrasebook.GoodsFacts, grade);

        kind = (kind - options.FactShare) / (1 - options.FactShare);
        if (wordsLeft < 8 && kind < 0.5)
            return WriteSentence(Phrasebook.Verdicts[grade + 2], grade);
        return kind switch
        {
            < 0.11 => WriteSentence(Phrasebook.Fillers, grade),
            < 0.26 => WriteSentence(Phrasebook.Experiences[grade + 2], grade),
            < 0.30 => WriteSentence(Phrasebook.Verdicts[grade + 2], grade),
            < 0.48 => WriteSentence(Phrasebook.Contrasts, grade),
            _ => WriteSentence(Phrasebook.Opinions, grade),
        };
    }

    private int NextGrade()
    {
        var grade = (int)Math.Clamp(Math.Round(_plan.Mood + (0.7 * _random.NextGaussian())), -2, 2);
        return _sarcastic && _random.NextDouble() < 0.4 ? Math.Abs(grade) : grade;
    }

    private int WriteSentence(Template[] templates, int grade)
    {
        var template = templates[_random.NextInt32(templates.Length)];
        var start = _text.Length;
        var plural = false;
        foreach (var (literal, slot) in template.Parts)
        {
            _text.Append(literal);
            var filled = _text.Length;
            Fill(slot, grade, ref plural);
            FixArticle(filled);
        }
        if (_text.Written[start] is >= (byte)'a' and <= (byte)'z')
            _text.Written[start] -= 32;
        WriteStop(grade);
        return template.Words;
    }

    /// <summary>Turns the "a" before <paramref name="position"/> into "an" where a vowel follows.</summary>
    private void FixArticle(int position)
    {
        var text = _text.Written;
        if (position < 3 || position >= text.Length || text[position - 1] != ' ' || (text[position - 2] | 0x20) != 'a' || char.IsAsciiLetter((char)text[position - 3]))
            return;
        if (text[position] is not ((byte)'a' or (byte)'e' or (byte)'i' or (byte)'o' or (byte)'u'))
            return;
        _text.Stretch(position - 1, 1);
        _text.Written[position - 1] = (byte)'n';
    }

    private void WriteStop(int grade)
    {
        var u = _random.NextDouble();
        if (_text.Written[^1] is (byte)'.' or (byte)'?' or (byte)'!' or (byte)')')
            return;
        var excitement = 0.16 * _plan.UserTraits.Excitement * Math.Abs(grade);
        _text.Append(
            u < excitement * 0.7 ? "!"u8
            : u < excitement ? "!!!"u8
            : u > 0.98 ? "..."u8
            : u > 0.977 ? "?!"u8
            : "."u8);
    }

    private void WriteBreak(double breaks)
    {
        var u = _random.NextDouble();
        _text.Append(
            breaks < 0.08 && u < 0.2 ? "\n\n"u8
            : breaks is > 0.97 and < 0.985 && u < 0.2 ? "<br /><br />"u8
            : breaks > 0.985 ? ""u8
            : u < 0.04 ? "  "u8
            : " "u8);
    }

    private int WriteForeign()
    {
        _text.Append(Lexicon.Foreign[Math.Sign(NextGrade()) + 1].Pick(_random));
        return 6;
    }

    private void WriteEmoji()
    {
        _text.Append(" "u8);
        _text.Append(Lexicon.Emoji[NextGrade() + 2].Pick(_random));
    }

    private static void LowerCase(Span<byte> text)
    {
        foreach (ref var character in text)
        {
            if (character is >= (byte)'A' and <= (byte)'Z')
                character += 32;
        }
    }

    /// <summary>Swaps, drops, doubles or stretches letters, in place; only between ASCII letters, so that the text stays valid UTF-8.</summary>
    private void Misspell()
    {
        var expected = options.TypoRate * _plan.UserTraits.Sloppiness * _plan.Words;
        var typos = (int)(expected + _random.NextDouble());
        for (; typos > 0 && _text.Length > 3; typos--)
        {
            var position = 1 + _random.NextInt32(_text.Length - 2);
            var kind = _random.NextInt32(16);
            var text = _text.Written;
            if (!char.IsAsciiLetterLower((char)text[position]) || !char.IsAsciiLetterLower((char)text[position + 1]))
                continue;
            if (kind < 6)
                (text[position], text[position + 1]) = (text[position + 1], text[position]);
            else if (kind < 11)
                _text.RemoveAt(position);
            else if (kind < 15)
                _text.Stretch(position, 1);
            else
                _text.Stretch(position, 2 + _random.NextInt32(4));
        }
    }
}
