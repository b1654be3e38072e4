using Microsoft.Net.Http.Headers;

namespace Siro.Gateway.Uploads.Receiving;

/// <summary>The file name of a part of a form, as its sender's disk has it.</summary>
internal static class PartFileName
{
    private const int MostCharacters = 255;

    /// <summary>
    /// <c>filename*</c> before <c>filename</c>. In the latter a quote is <c>%22</c> for browsers, curl and Node (WHATWG HTML, 4.10.21.8)
    /// and <c>\"</c> for others; no other escape is undone, because none of them writes one. Control characters are left out, and of a long
    /// name the beginning.
    /// </summary>
    public static string Of(ContentDispositionHeaderValue part)
    {
        var given = part.FileNameStar.Length > 0
            ? part.FileNameStar.ToString()
            : HeaderUtilities.RemoveQuotes(part.FileName).ToString()
                .Replace("%22", "\"", StringComparison.Ordinal).Replace("\\\"", "\"", StringComparison.Ordinal);
        var name = string.Concat(given.Where(c => !char.IsControl(c)));
        return name.Length > MostCharacters ? name[^MostCharacters..] : name;
    }
}
