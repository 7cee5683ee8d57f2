using System.Buffers;
using System.Buffers.Binary;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.OpenInference;

/// <summary>Writes answers in the protocol's binary form.</summary>
internal static class TensorBytes
{
    /// <returns>Bytes that <see cref="Write"/> writes.</returns>
    public static int Size(string output, ServedModel model, PredictionRequest request, PredictionAnswer answer)
    {
        if (output == ServedTensors.Probabilities)
            return request.Count * model.Labels.Length * sizeof(float);
        if (output == ServedTensors.PredictionId)
            return request.Count * (sizeof(uint) + ServedTensors.IdLength);
        var size = 0;
        for (var item = 0; item < request.Count; item++)
            size += sizeof(uint) + model.Utf8Labels[answer.Chosen(item)].Length;
        return size;
    }

    public static void Write(IBufferWriter<byte> bytes, string output, ServedModel model, PredictionRequest request, PredictionAnswer answer)
    {
        Span<byte> id = stackalloc byte[ServedTensors.IdLength];
        for (var item = 0; item < request.Count; item++)
        {
            if (output == ServedTensors.Probabilities)
            {
                foreach (var probability in answer.Probabilities(item))
                    WriteNumber(bytes, probability);
            }
            else if (output == ServedTensors.Label)
            {
                WriteElement(bytes, model.Utf8Labels[answer.Chosen(item)]);
            }
            else
            {
                answer.Id(item).TryFormat(id, out _);
                WriteElement(bytes, id);
            }
        }
    }

    /// <summary>An element of BYTES after its length.</summary>
    public static void WriteElement(IBufferWriter<byte> bytes, ReadOnlySpan<byte> element)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(sizeof(int)), element.Length);
        bytes.Advance(sizeof(int));
        bytes.Write(element);
    }

    public static void WriteNumber(IBufferWriter<byte> bytes, float number)
    {
        BinaryPrimitives.WriteSingleLittleEndian(bytes.GetSpan(sizeof(float)), number);
        bytes.Advance(sizeof(float));
    }
}
