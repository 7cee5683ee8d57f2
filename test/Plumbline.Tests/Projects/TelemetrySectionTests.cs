using Plumbline.Projects;
using Plumbline.Telemetry;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Projects;

public sealed class TelemetrySectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FindTelemetry_AllKeys_AsTheySay()
    {
        File.WriteAllText(_folder.File("token"), "Bearer s3cr3t\n");
        Write("""
            telemetry:
              endpoint: http://collector:4318
              protocol: http/protobuf
              headers: {authorization: {file: token}, x-tenant: shop}
              sampling_ratio: 0.5
              metrics: false
            """);
        var found = Project.FindTelemetry(_folder.Path)!;
        (found.Endpoint, found.Protocol, found.SamplingRatio, found.Traces, found.Metrics, found.Logs).ShouldBe((new Uri("http://collector:4318"), OtlpProtocol.HttpProtobuf, 0.5, null, false, null));
        found.Headers.ShouldBe(new Dictionary<string, string> { ["authorization"] = "Bearer s3cr3t", ["x-tenant"] = "shop" }, ignoreOrder: true);
    }

    [Fact]
    public void FindTelemetry_NoSection_Null()
    {
        Project.FindTelemetry(_folder.Path).ShouldBeNull();
        Write("project: reviews\n");
        Project.FindTelemetry(_folder.Path).ShouldBeNull();
    }

    [Theory]
    [InlineData("protocol: grpc", "telemetry.endpoint is missing")]
    [InlineData("endpoint: collector", "telemetry.endpoint is no address such as http://collector:4317")]
    [InlineData("endpoint: http://c, protocol: thrift", "telemetry.protocol is 'thrift', neither grpc nor http/protobuf")]
    [InlineData("endpoint: http://c, sampling_ratio: 1.5", "telemetry.sampling_ratio is 1.5; it must be from 0 to 1")]
    [InlineData("endpoint: http://c, headers: {a: 's3cr3t, b'}", "telemetry.headers.a has a comma")]
    [InlineData("endpoint: http://c, trace: true", "unknown key 'telemetry.trace'; did you mean 'traces'?")]
    public void Load_WhatCannotBe_NamesTheKey(string section, string message)
    {
        Write($"telemetry: {{{section}}}\n");
        var exception = Should.Throw<ProjectException>(() => Project.Load(_folder.File(Project.FileName)));
        exception.Message.ShouldContain(message);
        exception.Message.ShouldNotContain("s3cr3t");
    }

    private void Write(string yaml) => File.WriteAllText(_folder.File(Project.FileName), yaml);
}
