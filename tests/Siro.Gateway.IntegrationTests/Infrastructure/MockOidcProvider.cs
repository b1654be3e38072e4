using System.Net.Http.Json;
using Siro.Gateway.IntegrationTests.Snippets;

namespace Siro.Gateway.IntegrationTests.Infrastructure;

/// <summary>
/// oauth2-mock-server over TLS, under an authority of the test's own: node/identity-provider.mjs. Skips the test where Node is missing.
/// </summary>
public sealed class MockOidcProvider : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder;
    private readonly ProcessHandle _process;
    private readonly HttpClient _client;

    private MockOidcProvider(TemporaryDirectory folder, TestAuthority authority, ProcessHandle process, Uri address)
    {
        _folder = folder;
        _process = process;
        _client = authority.CreateClient();
        AuthorityFile = authority.AuthorityFile;
        Address = address;
    }

    /// <summary>The certificate of the authority that vouches for it.</summary>
    public string AuthorityFile { get; }

    /// <summary>Ends with a slash.</summary>
    public Uri Address { get; }

    /// <param name="path">What stands before its endpoints (<c>/{tenant}/v2.0</c>).</param>
    /// <param name="issuer">What its metadata names as issuer; its own address and path unless given.</param>
    public static async Task<MockOidcProvider> StartAsync(string path = "", string? issuer = null)
    {
        var modules = Tool.RequireNodeModules();
        Assert.SkipUnless(Directory.Exists(Path.Combine(modules, "oauth2-mock-server")),
            "oauth2-mock-server is not installed: 'npm ci' in tests/Siro.Gateway.IntegrationTests/node");
        var folder = new TemporaryDirectory();
        var authority = new TestAuthority(folder.Path);
        var script = Path.Combine(Path.GetDirectoryName(modules)!, "identity-provider.mjs");
        string[] arguments = [
            script, authority.KeyFile, authority.CertificateFile, path, .. issuer is null ? Array.Empty<string>() : [issuer]];
        var process = ProcessHandle.Start("node", arguments);
        var line = await process.LineAsync("listening: ", TimeSpan.FromSeconds(30));
        return new MockOidcProvider(folder, authority, process, new Uri(line["listening: ".Length..]));
    }

    /// <summary>A token of an hour with these claims and header values; null takes one away.</summary>
    public async Task<string> SignAsync(Dictionary<string, object?> claims, Dictionary<string, object?>? header = null)
    {
        using var response = await _client.PostAsJsonAsync(new Uri(Address, "sign"), new { claims, header = header ?? [] });
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _client.Dispose();
        _folder.Dispose();
    }
}
