using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Plumbline.Inference;
using Plumbline.Server.Admission;
using Plumbline.Server.Generations;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Tests.Admission;

public sealed class AdmissionControlTests : IDisposable
{
    private readonly ServerMetrics _metrics = new(new ServerState(TimeProvider.System));
    private readonly Generation _generation;
    private readonly PredictionCall _call = new();
    private readonly DefaultHttpContext _context = new();

    public AdmissionControlTests() => _generation = new Generation(0, null, "", new ServedModel(Predictor.Load(TestBundle.Directory), "reviews", 3, _metrics));

    public void Dispose()
    {
        _call.Dispose();
        _generation.Release();
    }

    [Fact]
    public void ComputeAsync_LightModel_DoneAtOnceWithoutAllocating()
    {
        using var admission = Control(new AdmissionOptions());
        for (var i = 0; i < 100; i++)
            _generation.Model.ServiceTime.Observe(1, TimeSpan.FromMicroseconds(20));
        _call.Body.Write("""{"texts":["a wonderful book, loved it"]}"""u8);
        _call.Read(_generation.Model, PredictRequestReader.Read, new RequestLimits());
        for (var i = 0; i < 100; i++)
            Run(admission);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Run(admission);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        _generation.Model.ServiceTime.PerText.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Enter_MoreThanMayWait_RefusedUntilOneLeaves()
    {
        using var admission = Control(new AdmissionOptions { Concurrency = 1, QueueTexts = 1 });
        var deadline = new Deadline(TimeProvider.System, TimeSpan.FromMinutes(1));
        var first = admission.Enter(_context.Request, deadline);
        admission.Enter(_context.Request, deadline);
        Should.Throw<ProblemException>(() => admission.Enter(_context.Request, deadline)).Problem.ShouldSatisfyAllConditions(
            problem => problem.Status.ShouldBe(503), problem => problem.Kind.ShouldBe("overloaded"), problem => problem.RetryAfter.ShouldBe(TimeSpan.FromSeconds(1)));
        first.Dispose();
        admission.Enter(_context.Request, deadline);
    }

    private AdmissionControl Control(AdmissionOptions options) =>
        new(RunningServer.Options with { Admission = options }, new RequestIds(TimeProvider.System), _metrics, NullLogger.Instance, TimeProvider.System);

    private void Run(AdmissionControl admission)
    {
        var deadline = Deadline.Of(_context.Request, TimeProvider.System, TimeSpan.FromMinutes(1));
        using var admitted = admission.Enter(_context.Request, deadline);
        admission.ComputeAsync(_context, _call, _generation, deadline).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }
}
