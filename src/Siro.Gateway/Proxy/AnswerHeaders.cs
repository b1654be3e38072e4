using System.Net.Http.Headers;

namespace Siro.Gateway.Proxy;

/// <summary>Makes an answer's headers such as can be passed on, changing nothing that HTTP lets pass.</summary>
internal static class AnswerHeaders
{
    /// <summary>
    /// Bytes above 0x7F pass as they came: each is one character of Latin-1 here and one byte on the wire. Control characters, which no
    /// header may have, become blanks (RFC 9110, 5.5).
    /// </summary>
    public static void MakeSendable(HttpResponseMessage response)
    {
        Replace(response.Headers);
        Replace(response.Content.Headers);
    }

    private static void Replace(HttpHeaders headers)
    {
        List<(string Name, string[] Values)>? changed = null;
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                {
                    (changed ??= []).Add((name, [.. values.Select(Sendable)]));
                    break;
                }
            }
        }

        if (changed is null)
        {
            return;
        }

        foreach (var (name, values) in changed)
        {
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, values);
        }
    }

    private static string Sendable(string value) => string.Create(value.Length, value, static (span, from) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = from[i] is '\t' or (>= ' ' and not '\x7f') ? from[i] : ' ';
        }
    });
}
