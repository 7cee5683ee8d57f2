using System.Buffers.Binary;
using System.Text;
using Plumbline.Statistics;

namespace Plumbline.Server.Tests.Fuzzing;

/// <summary>Makes HTTP/2 connections (RFC 9113) that are wrong: frames of any kind, at any place, with any content, some of them requests of gRPC. The same for a seed and number, always.</summary>
internal sealed class GrpcFuzzer(ulong seed)
{
    private const int Headers = 1, Settings = 4, Types = 12;

    private static readonly string[] Calls = ["ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer", "Nothing"];

    public FuzzedRequest Make(long number)
    {
        var random = new RandomSource(seed + ((ulong)number * 0xD1342543DE82EF95));
        var bytes = new List<byte>();
        if (random.NextInt32(20) > 0)
            bytes.AddRange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        if (random.NextInt32(20) > 0)
            Frame(bytes, Settings, 0, 0, []);
        for (var frames = random.NextInt32(6); frames >= 0; frames--)
        {
            if (random.NextInt32(3) == 0)
                Frame(bytes, random.NextInt32(Types), random.NextInt32(256), random.NextInt32(8), Noise(random.NextInt32(60), random));
            else
                Call(bytes, 1 + (2 * random.NextInt32(4)), random);
        }
        return new FuzzedRequest(number, "gRPC", [.. bytes], FuzzedEnd.HalfClose);
    }

    /// <summary>A request with a message that is none, or is cut off, compressed though it is not, or of another length than it says.</summary>
    private static void Call(List<byte> bytes, int stream, RandomSource random)
    {
        const int EndHeaders = 4, EndStream = 1;
        var block = new List<byte> { 0x83, 0x86 };
        Literal(block, ":path", $"/inference.GRPCInferenceService/{Calls[random.NextInt32(Calls.Length)]}");
        Literal(block, ":authority", "fuzz");
        Literal(block, "content-type", random.NextInt32(8) == 0 ? "text/plain" : "application/grpc");
        Literal(block, "te", "trailers");
        if (random.NextInt32(4) == 0)
            Literal(block, "grpc-timeout", random.NextInt32(2) == 0 ? "1n" : "99999999999S");
        if (random.NextInt32(4) == 0)
            Literal(block, "grpc-encoding", "gzip");
        Frame(bytes, Headers, EndHeaders, stream, block);
        var message = Noise(random.NextInt32(40), random);
        if (random.NextInt32(2) == 0)
            message = [0x0A, 7, .. "reviews"u8, 0x2A, (byte)message.Count, .. message];
        Span<byte> prefix = stackalloc byte[5];
        prefix[0] = (byte)(random.NextInt32(4) == 0 ? random.NextInt32(256) : 0);
        BinaryPrimitives.WriteUInt32BigEndian(prefix[1..], random.NextInt32(4) == 0 ? (uint)random.NextUInt64() : (uint)message.Count);
        Frame(bytes, 0, random.NextInt32(5) == 0 ? 0 : EndStream, stream, [.. prefix, .. message]);
    }

    /// <summary>A header field that is not indexed (RFC 7541, 6.2.2).</summary>
    private static void Literal(List<byte> block, string name, string value)
    {
        block.Add(0);
        foreach (var text in (string[])[name, value])
        {
            block.Add((byte)text.Length);
            block.AddRange(Encoding.ASCII.GetBytes(text));
        }
    }

    private static void Frame(List<byte> bytes, int type, int flags, int stream, List<byte> payload)
    {
        Span<byte> head = stackalloc byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Count << 8);
        (head[3], head[4]) = ((byte)type, (byte)flags);
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
        bytes.AddRange(head);
        bytes.AddRange(payload);
    }

    private static List<byte> Noise(int length, RandomSource random) => [.. Enumerable.Range(0, length).Select(_ => (byte)random.NextInt32(256))];
}
