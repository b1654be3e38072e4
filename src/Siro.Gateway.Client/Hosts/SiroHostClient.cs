using System.Text.Json.Serialization.Metadata;
using Siro.Gateway.Client.Http;

namespace Siro.Gateway.Client.Hosts;

/// <summary>
/// One of Siro's own APIs through the gateway: paths as in Siro's documentation, without a credential. Types are the caller's, with their
/// <c>JsonSerializerContext</c>. Siro's errors are <see cref="SiroApiException"/>, the gateway's <see cref="SiroGatewayException"/>.
/// </summary>
public sealed class SiroHostClient
{
    private readonly GatewayTransport _transport;
    private readonly string _prefix;

    internal SiroHostClient(GatewayTransport transport, string prefix) => (_transport, _prefix) = (transport, prefix);

    /// <summary>Reads JSON. <paramref name="path"/> begins with a slash and may have a query; ids in it are to be escaped.</summary>
    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(HttpMethod.Get, Full(path), type, null, repeatable: true, cancellationToken);

    /// <summary>Sends JSON and reads JSON. Not repeated when the connection breaks: Siro has no idempotency keys.</summary>
    public async Task<TAnswer> SendAsync<TBody, TAnswer>(
        HttpMethod method,
        string path,
        TBody body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TAnswer> answerType,
        CancellationToken cancellationToken = default)
    {
        using var content = JsonBody.Of(body, bodyType);
        return await _transport.SendAsync(
            method, Full(path), answerType, content, repeatable: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends any request; its address is a path of Siro's. The caller disposes the answer, whose body is not read yet. Errors are thrown
    /// as by the other members.
    /// </summary>
    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content = null, CancellationToken cancellationToken = default) =>
        _transport.SendAsync(() => new HttpRequestMessage(method, Full(path)) { Content = content }, repeatable: false, cancellationToken);

    /// <summary>All items of a list of Siro's (<c>{"data":[...],"cursor":...}</c>), page by page.</summary>
    public IAsyncEnumerable<T> ListAsync<T>(string path, JsonTypeInfo<SiroPage<T>> type, CancellationToken cancellationToken = default) =>
        _transport.ListAsync(Full(path), type, cancellationToken);

    private string Full(string path) => path.StartsWith('/')
        ? _prefix + path
        : throw new ArgumentException("must begin with a slash, for example /v1/core/users", nameof(path));
}

/// <summary>A page of a list, of Siro's and of the gateway's alike.</summary>
/// <param name="Data">The items.</param>
/// <param name="Cursor">Where the next page begins; null at the end.</param>
public sealed record SiroPage<T>(IReadOnlyList<T> Data, string? Cursor);
