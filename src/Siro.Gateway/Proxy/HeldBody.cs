using Siro.Gateway.Common;

namespace Siro.Gateway.Proxy;

/// <summary>
/// Reads a short body into memory before it is forwarded, so that a call can be sent again after a 401 or a 429.
/// Only a declared length is held: a chunked body may turn out to be anything.
/// </summary>
internal static class HeldBody
{
    /// <summary>The longest body that is held, in bytes.</summary>
    public const int MaxBytes = 65_536;

    /// <summary>False where it is longer, chunked or absent.</summary>
    public static bool IsHeld(HttpContext context) => context.Request.ContentLength is > 0 and <= MaxBytes;

    /// <summary>The whole body, where it <see cref="IsHeld"/>.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        var bytes = new byte[context.Request.ContentLength!.Value];
        try
        {
            await context.Request.Body.ReadExactlyAsync(bytes, context.RequestAborted);
        }
        catch (IOException e)
        {
            // The end came too early, or the connection broke: nobody may be left to read this.
            throw new ProblemException(new Problem(400, "bad_request", "The body ended before its Content-Length."), e);
        }

        return bytes;
    }
}
