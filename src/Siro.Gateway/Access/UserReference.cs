using System.Buffers;

namespace Siro.Gateway.Access;

/// <summary>How a user is named from outside: a Siro user id or an email.</summary>
internal static class UserReference
{
    private const int MaxLength = 254;

    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:|");

    /// <summary>An id never has an at sign.</summary>
    public static bool IsEmail(string reference) => reference.Contains('@', StringComparison.Ordinal);

    /// <summary>
    /// True for an email's or an id's shape: bounded, no white space or control characters, nothing that could become part of a path.
    /// </summary>
    public static bool IsWellFormed(string reference) =>
        reference.Length is > 0 and <= MaxLength
        && (IsEmail(reference)
            ? !reference.AsSpan().ContainsAnyInRange('\0', ' ') && !reference.Contains('\u007f', StringComparison.Ordinal)
                && reference.IndexOf('@', StringComparison.Ordinal) is > 0
            : !reference.AsSpan().ContainsAnyExcept(IdCharacters));
}
