using System.Text.Json;
using FsCheck.Xunit;
using Plumbline.Statistics;
using Plumbline.Tuning;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Spaces;

public sealed class SearchSpaceTests
{
    [Property(MaxTest = 300, Arbitrary = [typeof(RandomSpaces)])]
    public void Draw_AnySpace_IsAllowedAndComesBackFromItsPlaces(SearchSpace space)
    {
        var random = new RandomSource(1);
        for (var i = 0; i < 20; i++)
        {
            var drawn = space.Draw(random);
            space.Check(drawn);
            space.Complete(drawn, TrialParameters.Empty, random).ShouldBe(drawn);
            var units = space.ToUnit(drawn);
            for (var p = 0; p < units.Length; p++)
            {
                var parameter = space.Parameters[p];
                drawn.TryGet(parameter.Name, out var value).ShouldBe(!double.IsNaN(units[p]));
                if (double.IsNaN(units[p]))
                    continue;
                units[p].ShouldBeInRange(0, 1);
                if (parameter.Count is { })
                    parameter.FromUnit(units[p]).ShouldBe(value);
                else
                    parameter.FromUnit(units[p]).AsDouble().ShouldBe(value.AsDouble(), 1e-9 * Math.Abs(value.AsDouble()) + 1e-12);
            }
        }
    }

    [Property(MaxTest = 200, Arbitrary = [typeof(RandomSpaces)])]
    public void Json_AnySpaceAndTrial_RoundTripsExactly(SearchSpace space)
    {
        var definition = new StudyDefinition { Name = "s", Space = space };
        var json = StudyJson.Write(definition);
        StudyJson.Write(StudyJson.ReadDefinition(json)).ShouldBe(json);
        StudyJson.ReadDefinition(json).Space.Parameters.ShouldBe(space.Parameters);
        var drawn = space.Draw(new RandomSource(7));
        var back = JsonSerializer.Deserialize<TrialParameters>(JsonSerializer.Serialize(drawn))!;
        back.ShouldBe(drawn);
        back.Hash.ShouldBe(drawn.Hash);
        back.Values.Select(pair => pair.Key).ShouldBe(drawn.Values.Select(pair => pair.Key));
    }

    [Property(MaxTest = 300, Arbitrary = [typeof(RandomSpaces)])]
    public void FromUnit_FinitePaddedSpace_GivesEveryValueItsShare(SearchSpace space)
    {
        foreach (var parameter in space.Parameters.Where(parameter => parameter.UnitStep > 0))
        {
            var count = parameter.Count!.Value;
            for (long i = 0; i < count; i++)
                parameter.FromUnit((i + 0.5) / count).ShouldBe(parameter.At(i));
            parameter.FromUnit(-0.1).ShouldBe(parameter.At(0));
            parameter.FromUnit(1.1).ShouldBe(parameter.At(count - 1));
        }
    }

    [Fact]
    public void Constructor_WrongParameters_NamesThemAndTheirValues()
    {
        Refused(new FloatParameter("c", 2, 1)).ShouldBe("c: low 2 is above high 1; swap them.");
        Refused(new FloatParameter("c", 0, 1, Log: true)).ShouldStartWith("c: low 0 is not above 0");
        Refused(new FloatParameter("c", 0, 1, Step: 2)).ShouldStartWith("c: step 2 is larger than the range from 0 to 1");
        Refused(new FloatParameter("c", 0, 1, Step: 0)).ShouldBe("c: step 0 is not above 0.");
        Refused(new FloatParameter("c", 1, 2, Log: true, Step: 0.5)).ShouldContain("both log and step");
        Refused(new FloatParameter("c", double.NaN, 1)).ShouldContain("not finite");
        Refused(new IntParameter("n", 5, 4)).ShouldBe("n: low 5 is above high 4; swap them.");
        Refused(new IntParameter("n", 0, 4, Log: true)).ShouldStartWith("n: low 0 is below 1");
        Refused(new IntParameter("n", 0, 4, Step: 5)).ShouldContain("step 5 is larger");
        Refused(new IntParameter("n", 0, long.MaxValue)).ShouldContain("2^53");
        Refused(new CategoricalParameter("k", [])).ShouldBe("k: it has no choices.");
        Refused(new CategoricalParameter("k", ["a", "b", "a"])).ShouldBe("k: its choice 'a' stands twice.");
        Refused(new IntParameter("n", 0, 4), new FloatParameter("n", 0, 1)).ShouldStartWith("n: two parameters");
        Refused(new IntParameter("n", 0, 4) { When = new("k", ["a"]) }).ShouldContain("'k', which does not stand before it");
        Refused(new CategoricalParameter("k", ["a"]), new IntParameter("n", 0, 4) { When = new("k", ["b"]) }).ShouldContain("'b', which is not one of its values, a");
        Refused(new FloatParameter("c", 0, 1), new IntParameter("n", 0, 4) { When = new("c", [0.5]) }).ShouldContain("continuum");

        static string Refused(params Parameter[] parameters) => Should.Throw<ArgumentException>(() => new SearchSpace(parameters)).Message;
    }

    [Fact]
    public void Complete_GivenValues_AreKeptOrRefusedWithTheirName()
    {
        var space = new SearchSpace([
            new CategoricalParameter("k", ["lin", "tree"]), new FloatParameter("c", 0, 1, Step: 0.1) { When = new("k", ["lin"]) },
            new IntParameter("d", 1, 9) { When = new("k", ["tree"]) },
        ]);
        var random = new RandomSource(1);
        var whole = space.Complete(new([new("k", "lin"), new("c", 0.3)]), TrialParameters.Empty, random);
        whole["c"].AsDouble().ShouldBe(0.3, 1e-12);
        whole.Values.Count.ShouldBe(2);
        space.Complete(new([new("k", "tree")]), new([new("k", "lin"), new("c", 0.5), new("d", 4)]), random)["d"].AsInt64().ShouldBe(4);
        Message(new KeyValuePair<string, ParameterValue>("d", 10)).ShouldBe("d: '10' is not one of its values, 1 to 9.");
        Message(new KeyValuePair<string, ParameterValue>("x", 1)).ShouldStartWith("x: there is no such parameter; there are k, c, d.");
        Message(new("k", "lin"), new("d", 3)).ShouldBe("d: it has a value, but is only part of trials where 'k' is one of tree; give that one such a value, or leave this one out.");
        Message(new KeyValuePair<string, ParameterValue>("d", 3)).ShouldStartWith("d: it has a value, but");

        string Message(params KeyValuePair<string, ParameterValue>[] given) => Should.Throw<ArgumentException>(() => space.Check(new(given))).Message;
    }

    [Fact]
    public void Fitting_OfAnotherSpace_KeepsWhatIsAllowedAndActive()
    {
        var space = new SearchSpace([
            new CategoricalParameter("k", ["lin", "tree"]), new FloatParameter("c", 0, 1, Step: 0.1) { When = new("k", ["lin"]) }, new IntParameter("d", 1, 9) { When = new("k", ["tree"]) },
            new FloatParameter("f", 0, 10),
        ]);
        Kept(new("k", "tree"), new("d", 3), new("f", 7), new("x", 1)).ShouldBe("k=tree, d=3, f=7.0");
        Kept(new("k", "lin"), new("c", 0.25), new("d", 3)).ShouldBe("k=lin");
        Kept(new("k", "forest"), new("d", 3), new("f", 11.0)).ShouldBe("");

        string Kept(params KeyValuePair<string, ParameterValue>[] given) => space.Fitting(new(given)).ToString();
    }

    [Property(MaxTest = 100, Arbitrary = [typeof(RandomSpaces)])]
    public void Fitting_AnyTrialOfAnySpace_CanBeCompleted(SearchSpace space, FsCheck.PositiveInt other)
    {
        var random = new RandomSource(2);
        var fitting = space.Fitting(RandomSpaces.Of((ulong)other.Get).Draw(random));
        space.Check(fitting);
        var whole = space.Complete(fitting, space.Draw(random), random);
        space.Check(whole);
        fitting.Values.ShouldAllBe(pair => whole[pair.Key] == pair.Value);
    }

    [Fact]
    public void ParameterValue_Kinds_AreToldApartInJson()
    {
        ParameterValue[] values = [1, 1.0, 1e300, -0.1, 5e-324, long.MaxValue, true, "1", "ü\"\n", false];
        var json = JsonSerializer.Serialize(values);
        json.ShouldStartWith("[1,1.0,1E+300,-0.1,5E-324,9223372036854775807,true,\"1\",");
        JsonSerializer.Deserialize<ParameterValue[]>(json).ShouldBe(values);
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<ParameterValue>("null"));
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<ParameterValue>("1e999"));
        Should.Throw<ArgumentException>(() => (ParameterValue)double.NaN).Message.ShouldContain("not finite");
        Should.Throw<InvalidOperationException>(() => ((ParameterValue)"a").AsDouble()).Message.ShouldBe("'a' is not a number.");
    }
}
