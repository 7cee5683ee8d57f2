using System.Net;
using System.Text;

namespace Plumbline.Bench.Load;

/// <summary>Ready-made POST requests: {"texts":["..."]}, one for each line of a file of JSON strings.</summary>
internal static class Requests
{
    public static IPEndPoint ServerOf(Uri url) =>
        new(IPAddress.TryParse(url.Host, out var address) ? address : Dns.GetHostAddresses(url.Host)[0], url.Port);

    /// <param name="headers">Lines, each with its end.</param>
    /// <param name="body">JSON.</param>
    public static byte[] Build(Uri url, string headers, string body) =>
        Encoding.UTF8.GetBytes($"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>TOKEN of the environment becomes a bearer token, as in the script for wrk.</summary>
    public static byte[][] Build(Uri url, string textsPath)
    {
        var token = Environment.GetEnvironmentVariable("TOKEN");
        var authorization = token is null ? "" : $"Authorization: Bearer {token}\r\n";
        var requests = File.ReadLines(textsPath).Where(line => line.Length > 0).Select(line => Build(url, authorization, $"{{\"texts\":[{line}]}}")).ToArray();
        return requests.Length > 0 ? requests : throw new InvalidDataException($"{textsPath} has no lines.");
    }
}
