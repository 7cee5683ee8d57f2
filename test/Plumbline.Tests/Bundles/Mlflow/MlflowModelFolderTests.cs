using Plumbline.Bundles;
using Plumbline.Bundles.Mlflow;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Bundles.Mlflow;

public sealed class MlflowModelFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FindGraph_FlavourOnnx_FileThatItNames()
    {
        Write("flavors:\n  onnx:\n    data: graph/model.onnx\n  python_function:\n    loader_module: mlflow.onnx\n");
        Directory.CreateDirectory(_folder.File("graph"));
        File.WriteAllText(_folder.File("graph/model.onnx"), "");
        MlflowModelFolder.FindGraph(_folder.Path).ShouldBe(_folder.File("graph/model.onnx"));
    }

    [Theory]
    [InlineData("flavors:\n  sklearn: {}\n  python_function: {}\n", "it has python_function, sklearn")]
    [InlineData("flavors:\n  onnx:\n    data: ../../etc/passwd\n", "refused")]
    [InlineData("flavors:\n  onnx:\n    data: absent.onnx\n", "not there")]
    [InlineData("flavors: [", "not YAML")]
    [InlineData("a: b\n", "no flavours")]
    public void FindGraph_AnotherModel_RefusedWithTheReason(string described, string reason)
    {
        Write(described);
        Should.Throw<BundleException>(() => MlflowModelFolder.FindGraph(_folder.Path)).Message.ShouldContain(reason);
    }

    [Fact]
    public void FindGraph_NoModel_Refused() => Should.Throw<BundleException>(() => MlflowModelFolder.FindGraph(_folder.Path)).Message.ShouldContain("no MLmodel");

    private void Write(string described) => File.WriteAllText(_folder.File("MLmodel"), described);
}
