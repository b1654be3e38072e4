using System.Globalization;

namespace Siro.Gateway.IntegrationTests.Attacks.Refusals;

/// <summary>A request with a body that is refused, and what every client has to read of it.</summary>
/// <param name="Key">The API key; null for none.</param>
/// <param name="Prefix">How the body begins (each character a byte); the rest is zeros.</param>
public sealed record RefusalCase(
    string Method, string Path, string? Key, int Status, string Code, string ContentType = "application/octet-stream", string Prefix = "")
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Method} {Path} -> {Status} {Code}");
}

/// <summary>A request as a client program is told to send it.</summary>
/// <param name="Rate">Bytes a second; 0 for all at once.</param>
public sealed record RefusalRequest(
    int Id, string Client, string Url, string Method, Dictionary<string, string> Headers, string Prefix, int Bytes, int Rate);

/// <summary>What the client program saw: status 0 with the error's words where it saw no answer.</summary>
public sealed record RefusalAnswer(int Id, int Status, string Body);
