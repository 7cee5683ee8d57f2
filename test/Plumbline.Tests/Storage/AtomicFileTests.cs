using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("out/result");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_Twice_LastContent()
    {
        AtomicFile.Write(Target, stream => stream.Write("old and long"u8));
        AtomicFile.Write(Target, stream => stream.Write("new"u8));
        File.ReadAllText(Target).ShouldBe("new");
    }

    [Fact]
    public void Write_WriterThrows_OldStaysAndNothingElse()
    {
        AtomicFile.Write(Target, stream => stream.Write("old"u8));
        Should.Throw<InvalidOperationException>(() => AtomicFile.Write(Target, stream =>
        {
            stream.Write("ha"u8);
            throw new InvalidOperationException();
        }));
        File.ReadAllText(Target).ShouldBe("old");
        Directory.GetFiles(_folder.File("out")).ShouldHaveSingleItem();
    }
}
