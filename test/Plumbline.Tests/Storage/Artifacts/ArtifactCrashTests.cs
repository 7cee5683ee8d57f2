using System.Globalization;
using System.Security.Cryptography;
using Plumbline.Statistics;
using Plumbline.Storage.Artifacts;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Storage.Artifacts;

/// <summary>A process that uploads files and trees is killed at some moment; what it left must be whole, and what was acknowledged there.</summary>
public sealed class ArtifactCrashTests(S3Server server)
{
    private const int Bytes = 200_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ArtifactTree Run { get; } = new(ArtifactKind.Runs, "0123456789abcdef0123456789abcdef");

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    public Task Put_ProcessKilled_NothingTornOrLost(int acknowledged) => KillAsync(acknowledged, folder => Task.FromResult(folder.File("store")));

    [Fact]
    public Task Put_ProcessKilledAmidUploadsToS3_NothingTornOrLost() => KillAsync(5, _ => S3AddressAsync());

    [Fact(Explicit = true)]
    public async Task Put_KilledAtHundredMoments_NothingTornOrLost()
    {
        // Of the writers one has just been told, and the others are somewhere amid their uploads.
        for (var kill = 0; kill < 100; kill++)
            await KillAsync(1 + (kill % 10), folder => Task.FromResult(folder.File("store")));
    }

    [Fact(Explicit = true)]
    public async Task Child_PutsUntilKilled()
    {
        var folder = Environment.GetEnvironmentVariable(ChildProcess.Folder)!;
        using var store = await OpenAsync(Environment.GetEnvironmentVariable(ChildProcess.Argument)!, folder);
        await KilledWriter.WriteAsync(number => PutAsync(store, folder, number));
    }

    /// <summary>Each third is a tree, the others are files of a run.</summary>
    private static async Task PutAsync(ArtifactStore store, string folder, long number)
    {
        if (number % 3 > 0)
        {
            await store.PutAsync(Run, [NameOf(number)], new MemoryStream(Content(number)), Token);
            return;
        }
        var source = Path.Combine(folder, "sources", NameOf(number));
        Directory.CreateDirectory(source);
        for (var file = 0; file < 3; file++)
            await File.WriteAllBytesAsync(Path.Combine(source, NameOf(file)), Content(number + (1000 * file)), Token);
        await store.SealAsync(TreeOf(number), source, Token);
    }

    private async Task KillAsync(int moment, Func<TemporaryFolder, Task<string>> place)
    {
        using var folder = new TemporaryFolder();
        var address = await place(folder);
        var acknowledged = await KilledWriter.RunAsync(typeof(ArtifactCrashTests), nameof(Child_PutsUntilKilled), folder, moment, address);
        using var store = await OpenAsync(address, folder.Path);
        foreach (var number in acknowledged)
        {
            if (number % 3 == 0)
                (await store.HasAsync(TreeOf(number), Token)).ShouldBeTrue();
            else
                (await store.FindAsync(Run, [NameOf(number)], Token)).ShouldNotBeNull().Sha256.ShouldBe(DigestOf(Content(number)));
        }
        // Every tree and every reference that is to be seen, acknowledged or not, has all its content.
        (await store.CheckAsync(remove: false, Token)).Faults.ShouldBeEmpty();
        for (var number = acknowledged.Max(); number <= acknowledged.Max() + KilledWriter.Writers; number++)
            await PutAsync(store, folder.Path, number);
        (await store.CheckAsync(remove: false, Token)).Faults.ShouldBeEmpty();
        if (Directory.Exists(address))
            Directory.GetFiles(Path.Combine(address, "blobs"), "*", SearchOption.AllDirectories).ShouldAllBe(blob => DigestOf(File.ReadAllBytes(blob)) == Path.GetFileName(blob));
    }

    private async Task<string> S3AddressAsync()
    {
        var bucket = $"killed-{Guid.NewGuid():N}";
        await server.CreateBucketAsync(bucket);
        return $"s3://{bucket}?endpoint=http://127.0.0.1:{server.Port}&access_key={Uri.EscapeDataString(S3Server.AccessKey)}&secret_key={S3Server.SecretKey}";
    }

    private static Task<ArtifactStore> OpenAsync(string address, string folder) =>
        ArtifactStore.OpenAsync(ArtifactStoreOptions.Parse(address, "test", folder)!, Path.Combine(folder, "spool"), TimeProvider.System, Token);

    private static byte[] Content(long number)
    {
        var random = new RandomSource((ulong)number);
        var content = new byte[Bytes];
        for (var i = 0; i < content.Length; i += 100)
            content[i] = (byte)random.NextUInt64();
        return content;
    }

    private static string DigestOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static string NameOf(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static ArtifactTree TreeOf(long number) => new(ArtifactKind.Bundles, number.ToString("x64", CultureInfo.InvariantCulture));
}
