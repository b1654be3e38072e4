using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Siro.Gateway.Client.Hosts;

namespace Siro.Gateway.Client.Http;

/// <summary>Lists as sequences: the next page is asked for when the one before has been taken.</summary>
internal static class Pages
{
    public static async IAsyncEnumerable<T> ListAsync<T>(
        this GatewayTransport transport,
        string path,
        JsonTypeInfo<SiroPage<T>> type,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var page = await transport.SendAsync(
                HttpMethod.Get,
                Paths.Query(path, ("cursor", cursor)),
                type,
                null,
                repeatable: true,
                cancellationToken).ConfigureAwait(false);
            foreach (var item in page.Data)
            {
                yield return item;
            }

            // A cursor that stays the same would be asked for for ever.
            cursor = page.Cursor == cursor ? null : page.Cursor;
        }
        while (cursor is not null);
    }
}
