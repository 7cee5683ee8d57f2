namespace Plumbline.Datasets.Generation;

internal sealed partial class ReviewWriter
{
    private void Fill(Slot slot, int grade, ref bool plural)
    {
        switch (slot)
        {
            case Slot.None:
                break;
            case Slot.Noun:
                plural = WriteCounted(_category.Nouns);
                break;
            case Slot.Aspect:
                plural = WriteCounted(_category.Aspects);
                break;
            case Slot.Topic:
                Write(_category.Topics);
                break;
            case Slot.Be:
                _text.Append(_random.NextDouble() < 0.7 ? (plural ? "were"u8 : "was"u8) : (plural ? "are"u8 : "is"u8));
                break;
            case Slot.Opinion:
                WriteOpinion(grade);
                break;
            case Slot.Contrary:
                WriteOpinion(Opposite(grade));
                break;
            case Slot.Adjective:
                WriteAdjective(grade);
                break;
            case Slot.Verb:
                Write(Lexicon.Verbs[grade + 2]);
                break;
            case Slot.ContraryVerb:
                Write(Lexicon.Verbs[Opposite(grade) + 2]);
                break;
            case Slot.Name:
                WriteInvented();
                break;
            case Slot.Brand:
                WriteInvented();
                if (_random.NextDouble() < 0.3)
                    WriteModel();
                break;
            case Slot.Person:
                Write(Lexicon.People);
                break;
            case Slot.Time:
                Write(Lexicon.Times);
                break;
            case Slot.Duration:
                Write(Lexicon.Durations);
                break;
            case Slot.Deed:
                Write(Lexicon.Deeds);
                break;
            case Slot.Emotion:
                Write(Lexicon.Emotions);
                break;
            case Slot.Job:
                Write(Lexicon.Jobs);
                break;
            case Slot.Number:
                _text.Append(2 + (long)(40 * Math.Pow(_random.NextDouble(), 3)));
                break;
            case Slot.Price:
                WritePrice();
                break;
            case Slot.Year:
                _text.Append(_plan.Time.Year - _random.NextInt32(4));
                break;
            case Slot.Link:
                WriteLink();
                break;
            case Slot.Entity:
                Write(Lexicon.Entities);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(slot), slot, null);
        }
    }

    private void Write(WordList words) => _text.Append(words.Pick(_random, _plan.Novelty));

    /// <returns>Whether the word looks like a plural.</returns>
    private bool WriteCounted(WordList words)
    {
        var word = words.Pick(_random, _plan.Novelty);
        _text.Append(word);
        return word is [.., not (byte)'s', (byte)'s'];
    }

    private int Opposite(int grade) => grade switch
    {
        > 0 => -1 - _random.NextInt32(2),
        < 0 => 1 + _random.NextInt32(2),
        _ => _random.NextInt32(2) == 0 ? -1 : 1,
    };

    /// <summary>"good", "really good" or, for the opposite grade, "not good" and "wasn't bad".</summary>
    private void WriteOpinion(int grade)
    {
        var form = _random.NextDouble();
        if (form < 0.16 && grade != 0)
        {
            if (form < 0.08 && EndsWithBe())
            {
                _text.Length--;
                _text.Append("n't"u8);
            }
            else
                Write(Lexicon.Negations);
            _text.Append((byte)' ');
            WriteAdjective(-Math.Sign(grade) * (1 + _random.NextInt32(2)));
            return;
        }
        if (form < 0.4)
        {
            var start = _text.Length;
            Write(Lexicon.Intensifiers);
            if (_text.Length - start == 2 && form < 0.25)
                _text.Stretch(start + 1, 1 + (int)(form * 16));
            _text.Append((byte)' ');
        }
        WriteAdjective(grade);
    }

    private void WriteAdjective(int grade)
    {
        var twoFaced = _random.NextDouble() < 0.2;
        var reversed = _random.NextDouble() < _plan.Reversal;
        var emphasis = _random.NextDouble();
        var start = _text.Length;
        if (twoFaced && grade != 0)
            Write(grade > 0 == reversed ? Lexicon.TwoFacedBad : Lexicon.TwoFacedGood);
        else
            Write(Lexicon.Adjectives[grade + 2]);
        if (emphasis < 0.02)
            System.Text.Ascii.ToUpperInPlace(_text.Written[start..], out _);
        else if (emphasis > 0.995)
            Quote(start);
    }

    private void Quote(int start)
    {
        _text.Stretch(start, 1);
        _text.Written[start] = (byte)'"';
        _text.Append((byte)'"');
    }

    private bool EndsWithBe() =>
        _text.Written.EndsWith("was "u8) || _text.Written.EndsWith("were "u8) || _text.Written.EndsWith(" is "u8) || _text.Written.EndsWith(" are "u8);

    /// <summary>A name: often one of the item's own, which its other reviews mention too.</summary>
    private void WriteInvented()
    {
        // Names of the time after a vocabulary drift are those of ranks that nobody reached before.
        const long NewNames = 1L << 32;
        var own = _random.NextDouble();
        var fresh = names.Next(_random);
        var shift = _random.NextDouble() < _plan.Novelty ? NewNames : 0;
        var rank = own < 0.25 ? _plan.ItemTraits.FirstName : own < 0.4 ? _plan.ItemTraits.SecondName : fresh;
        var length = InventedWords.Write(_text.Free, rank + shift);
        _text.Free[0] -= 32;
        _text.Length += length;
    }

    private void WriteModel()
    {
        _text.Append((byte)' ');
        _text.Append((byte)('A' + _random.NextInt32(26)));
        _text.Append(10 * (1 + _random.NextInt32(99)));
    }

    private void WritePrice()
    {
        _text.Append((byte)'$');
        _text.Append(1 + (long)(300 * Math.Pow(_random.NextDouble(), 3)));
        _text.Append(_random.NextInt32(3) switch { 0 => ".99"u8, 1 => ".50"u8, _ => ""u8 });
    }

    private void WriteLink()
    {
        _text.Append("https://"u8);
        Write(Lexicon.Hosts);
        _text.Append((byte)'/');
        _text.Length += InventedWords.Write(_text.Free, (long)(_random.NextUInt64() >> 40));
    }
}
