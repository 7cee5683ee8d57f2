using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class AbandonedFoldersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sweep_FolderOfALivingProcess_Stays()
    {
        using var directory = AtomicDirectory.Create(_folder.Path);
        AbandonedFolders.Sweep(_folder.Path, Now.AddDays(30), dryRun: false).ShouldBeEmpty();
        Directory.Exists(directory.Path).ShouldBeTrue();
        directory.Publish("done").ShouldBeTrue();
    }

    [Fact]
    public void Sweep_FolderWhoseLockIsFree_Goes()
    {
        var folder = Abandon(withLock: true);
        AbandonedFolders.Sweep(_folder.Path, Now, dryRun: false).ShouldBeEmpty();
        AbandonedFolders.Sweep(_folder.Path, Now.AddMinutes(5), dryRun: true).ShouldBe([folder]);
        Directory.Exists(folder).ShouldBeTrue();
        AbandonedFolders.Sweep(_folder.Path, Now.AddMinutes(5), dryRun: false).ShouldBe([folder]);
        Directory.GetFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Sweep_FolderWithoutLock_GoesByItsLastWrite()
    {
        var folder = Abandon(withLock: false);
        AbandonedFolders.Sweep(_folder.Path, Now.AddHours(23), dryRun: false).ShouldBeEmpty();
        AbandonedFolders.Sweep(_folder.Path, Now.AddHours(25), dryRun: false).ShouldBe([folder]);
        Directory.GetFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Sweep_WhatIsNotTemporary_Stays()
    {
        foreach (var name in new[] { ".git", "published", ".not-a-guid.tmp", "x.tmp" })
            Directory.CreateDirectory(_folder.File(name));
        AbandonedFolders.Sweep(_folder.Path, Now.AddYears(1), dryRun: false).ShouldBeEmpty();
        Directory.GetFileSystemEntries(_folder.Path).Length.ShouldBe(4);
    }

    [Fact]
    public async Task Sweep_ManyAtOnceBesideWriters_TakesTheAbandonedAlone()
    {
        var stop = TestContext.Current.CancellationToken;
        var abandoned = Enumerable.Range(0, 20).Select(i => Abandon(withLock: i % 2 == 0)).Order(StringComparer.Ordinal).ToArray();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                using var directory = AtomicDirectory.Create(_folder.Path);
                File.WriteAllText(Path.Combine(directory.Path, "content"), "whole");
                directory.Publish($"{writer}-{i}").ShouldBeTrue();
            }
        }, stop)).ToArray();
        // Locks that are a minute old at least are looked at: those of the writers, by this clock, are not.
        foreach (var path in Directory.GetFiles(_folder.Path, ".*.lock").Where(path => abandoned.Contains(Path.ChangeExtension(path, ".tmp"))))
            File.SetLastWriteTimeUtc(path, Now.UtcDateTime.AddHours(-1));
        foreach (var path in abandoned)
            File.SetLastWriteTimeUtc(Path.Combine(path, "half"), Now.UtcDateTime.AddDays(-3));
        foreach (var path in abandoned)
            Directory.SetLastWriteTimeUtc(path, Now.UtcDateTime.AddDays(-3));
        var swept = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => AbandonedFolders.Sweep(_folder.Path, Now, dryRun: false), stop)));
        await Task.WhenAll(writers);
        swept.SelectMany(paths => paths).Distinct().Order(StringComparer.Ordinal).ShouldBe(abandoned);
        Directory.GetFileSystemEntries(_folder.Path).Length.ShouldBe(80);
    }

    [Fact]
    public async Task Sweep_ProcessKilledAtWork_ItsFolderGoes()
    {
        using var child = ChildProcess.Start(typeof(AbandonedFoldersTests), nameof(Child_WorksUntilKilled), _folder.Path);
        try
        {
            // The child writes a line when its folder is there.
            while (await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("at work", StringComparison.Ordinal))
            {
            }
            var folder = Directory.GetDirectories(_folder.Path).ShouldHaveSingleItem();
            AbandonedFolders.Sweep(_folder.Path, Now.AddDays(30), dryRun: false).ShouldBeEmpty();
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            Directory.Exists(folder).ShouldBeTrue();
            AbandonedFolders.Sweep(_folder.Path, Now.AddMinutes(5), dryRun: false).ShouldBe([folder]);
        }
        finally
        {
            child.Kill();
        }
        Directory.GetFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Fact(Explicit = true)]
    public async Task Child_WorksUntilKilled()
    {
        using var directory = AtomicDirectory.Create(Environment.GetEnvironmentVariable(ChildProcess.Folder)!);
        File.WriteAllText(Path.Combine(directory.Path, "half"), "");
        await using var output = Console.OpenStandardOutput();
        await output.WriteAsync("at work\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Remove_Folder_IsGoneOnceAndForAll()
    {
        Directory.CreateDirectory(_folder.File("there/inner"));
        AtomicDirectory.Remove(_folder.File("there")).ShouldBeTrue();
        AtomicDirectory.Remove(_folder.File("there")).ShouldBeFalse();
        Directory.GetFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    private string Abandon(bool withLock)
    {
        var name = _folder.File($".{Guid.NewGuid():N}");
        Directory.CreateDirectory(name + ".tmp");
        File.WriteAllText(Path.Combine(name + ".tmp", "half"), "");
        if (withLock)
            File.WriteAllText(name + ".lock", "");
        return name + ".tmp";
    }
}
