using System.Runtime.InteropServices;

namespace Plumbline.Learning.Trees;

/// <summary>One question: is an input at most a threshold? As it lies in <c>trees.nodes</c>.</summary>
/// <param name="Left">Where it is: another node, or ~leaf.</param>
/// <param name="Right">Where it is more.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct TreeNode(int Input, float Threshold, int Left, int Right);
