using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Plumbline.Server.Tests.OpenInference;

/// <summary>Calls the service as any client made from the protocol's definition does: by its full name and the messages alone.</summary>
internal sealed class GrpcCaller(Uri address) : IDisposable
{
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(address);

    public AsyncUnaryCall<TResponse> Call<TRequest, TResponse>(string method, TRequest request, CallOptions options = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new()
    {
        var sent = Marshallers.Create<TRequest>(message => message.ToByteArray(), _ => throw new NotSupportedException());
        var received = Marshallers.Create<TResponse>(_ => throw new NotSupportedException(), new MessageParser<TResponse>(() => new TResponse()).ParseFrom);
        return _channel.CreateCallInvoker().AsyncUnaryCall(new Method<TRequest, TResponse>(MethodType.Unary, "inference.GRPCInferenceService", method, sent, received), null, options, request);
    }

    public void Dispose() => _channel.Dispose();
}
