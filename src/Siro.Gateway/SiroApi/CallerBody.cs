using Siro.Gateway.Common;

namespace Siro.Gateway.SiroApi;

/// <summary>
/// A caller's body on its way to Siro. It remembers whether reading from the caller failed, so that a malformed chunk, a cut connection or
/// a body beyond the limit is told apart from a failure of Siro's by where it arose, whatever exception the layers above make of it.
/// </summary>
/// <param name="tooLarge">What the caller is told of a body beyond the limit.</param>
internal sealed class CallerBody(Stream body, Problem tooLarge) : ReadingStream
{
    /// <summary>400 <c>bad_request</c>.</summary>
    public static readonly Problem Unreadable = ProblemRenderer.UnreadableBody;

    /// <summary>What the caller did wrong, or null.</summary>
    public Problem? Failure { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Failure = e is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } ? tooLarge : Unreadable;
            throw;
        }
    }
}
