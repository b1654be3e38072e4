using System.Text;

namespace Siro.Gateway.Proxy;

/// <summary>
/// How the server reads Content-Length: digits and nothing else (RFC 9110, 8.6). By itself it takes a sign, which another server on the way
/// refuses or ignores, so that the two find the next request at different places.
/// </summary>
internal sealed class ContentLengthDigits : Encoding
{
    /// <summary>As many as a 64-bit number has at most.</summary>
    private const int MostDigits = 19;

    /// <summary>No number: the server answers 400.</summary>
    private const char NoDigit = 'x';

    public static ContentLengthDigits Instance { get; } = new();

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        if (bytes.Length is 0 or > MostDigits || bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            chars[0] = NoDigit;
            return 1;
        }

        return Latin1.GetChars(bytes, chars);
    }

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    public override int GetByteCount(char[] chars, int index, int count) => count;

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => byteCount;
}
