using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Inference.Logging;

public sealed class S3SharedPredictionsTests(S3Server server) : SharedPredictionsContract
{
    private readonly string _bucket = $"predictions-{Guid.NewGuid():N}";
    private bool _isMade;

    protected override async Task<string> AddressAsync()
    {
        if (!_isMade)
            await server.CreateBucketAsync(_bucket);
        _isMade = true;
        return $"s3://{_bucket}?endpoint=http://127.0.0.1:{server.Port}&access_key={Uri.EscapeDataString(S3Server.AccessKey)}&secret_key={S3Server.SecretKey}";
    }
}
