using Plumbline.Tests.Parts;

namespace Plumbline.Cli.Tests.Storms;

/// <summary>The PostgreSQL, Redis and S3 of one server, which can be stopped and started again.</summary>
internal sealed class StormParts : IDisposable
{
    private const string Password = "plumb-secret-7";

    private StormParts(PostgresCluster postgres, RedisProcess redis, S3Process s3) => (Postgres, Redis, S3) = (postgres, redis, s3);

    public PostgresCluster Postgres { get; }

    public RedisProcess Redis { get; }

    public S3Process S3 { get; }

    public string Store => $"postgres://tester:{Password}@127.0.0.1:{Postgres.Port}/postgres?Maximum%20Pool%20Size=8";

    public string Artifacts => $"s3://storm/here?endpoint=http://127.0.0.1:{S3.Port}&access_key={Uri.EscapeDataString(S3Server.AccessKey)}&secret_key={S3Server.SecretKey}";

    /// <summary>Skips the test where one of them cannot be had.</summary>
    public static async Task<StormParts> StartAsync()
    {
        var (postgres, redis, s3) = (PostgresCluster.Create(Password), RedisProcess.Create(), S3Process.Create());
        if (postgres is null || redis is null || s3 is null)
        {
            postgres?.Dispose();
            redis?.Dispose();
            s3?.Dispose();
            Assert.Skip("PostgreSQL, Redis or OpenStack Swift (Debian's packages postgresql, redis-server and python3-swift) is not on this machine.");
        }
        await s3.Client.PutBucketAsync("storm", TestContext.Current.CancellationToken);
        return new StormParts(postgres, redis, s3);
    }

    public void StopAll()
    {
        Postgres.Stop();
        Redis.Stop();
        S3.Stop();
    }

    public void Dispose()
    {
        Postgres.Dispose();
        Redis.Dispose();
        S3.Dispose();
    }
}
