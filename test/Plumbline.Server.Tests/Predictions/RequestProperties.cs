using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Plumbline.Server.Tests.Predictions;

/// <summary>Whatever comes, the answer is 200 or a problem of the client's, never a fault of ours.</summary>
public sealed class RequestProperties(RunningServer server)
{
    private static readonly string[] Names = ["texts", "text", "numeric_features", "categorical_features", "entities", "time", "data", "user", "item", "price", "text_len", "reviewText", "x", "\\ud800", "t\\u0065xt"];
    private static readonly string[] Scalars = ["null", "true", "0", "-1e400", "1.5", "1e-9", "\"\"", "\"a b\"", "\"\\ud83d\\ude00\"", "\"\\udead\"", "\"\\u0000\"", "\"2014-07-23\""];

    private static readonly byte[][] Seeds =
    [
        """{"texts":["good","bad"],"numeric_features":{"price":[1,null]},"entities":{"user":["a","b"]},"time":[1,"2014-07-23"]}"""u8.ToArray(),
        """{"text":"gr\u00fc\u00dfe","numeric_features":{"price":3}}"""u8.ToArray(),
        """{"data":[{"reviewText":"good","price":1},{"text":"bad"}]}"""u8.ToArray(),
    ];

    [Property(MaxTest = 300)]
    public Property Post_AnyJson_NeverAFaultOfOurs() =>
        Prop.ForAll(Json(4).ToArbitrary(), json => NeverFails(Encoding.UTF8.GetBytes(json)));

    [Property(MaxTest = 300)]
    public Property Post_MutatedBytes_NeverAFaultOfOurs() =>
        Prop.ForAll(Mutated().ToArbitrary(), NeverFails);

    private static Gen<string> Json(int depth)
    {
        var scalar = Gen.Elements(Scalars);
        if (depth == 0)
            return scalar;
        var child = Json(depth - 1);
        var array = Gen.Choose(0, 3).SelectMany(n => Gen.ListOf(child, n)).Select(items => $"[{string.Join(',', items)}]");
        var member = from name in Gen.Elements(Names) from value in child select $"\"{name}\":{value}";
        var obj = Gen.Choose(0, 4).SelectMany(n => Gen.ListOf(member, n)).Select(members => $"{{{string.Join(',', members)}}}");
        var served = from members in Gen.ListOf(member, 2) select $"{{\"text\":\"a\",\"data\":[{{\"text\":\"b\"}}],{string.Join(',', members)}}}";
        return Gen.Frequency((1, scalar), (2, array), (4, obj), (4, served));
    }

    private static Gen<byte[]> Mutated() =>
        from seed in Gen.Elements(Seeds)
        from count in Gen.Choose(1, 4)
        from places in Gen.ListOf(Gen.Choose(0, 1 << 20), count)
        from values in Gen.ListOf(Gen.Choose(0, 255), count)
        from length in Gen.Choose(seed.Length / 2, seed.Length * 3)
        select Mutate(seed, [.. places], [.. values], Math.Min(length, seed.Length));

    private static byte[] Mutate(byte[] seed, int[] places, int[] values, int length)
    {
        var bytes = seed[..length];
        for (var i = 0; i < places.Length; i++)
            bytes[places[i] % bytes.Length] = (byte)values[i];
        return bytes;
    }

    private async Task NeverFails(byte[] body)
    {
        foreach (var path in (string[])["/predict", "/batch_predict"])
        {
            var answer = await server.SendAsync(HttpMethod.Post, path, body);
            if (answer.Status == 200)
                answer.Json.GetProperty("version").GetString().ShouldBe("reviews/3");
            else
                answer.ShouldBeProblem(400, answer.Json.GetProperty("type").GetString()!["urn:plumbline:problem:".Length..]);
        }
    }
}
