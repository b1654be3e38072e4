using System.Security;
using Siro.Emulator.Hosting;

namespace Siro.Emulator.Storage;

/// <summary>Google Cloud Storage's errors, in its XML.</summary>
internal static class GcsError
{
    public static Answer Of(int status, string code, string message, string? details = null) =>
        Answer.Text(status, "application/xml; charset=UTF-8",
            "<?xml version='1.0' "
                + $"encoding='UTF-8'?><Error><Code>{code}</Code><Message>{SecurityElement.Escape(message)}</Message>{(details is null ? "" : $"<Details>{SecurityElement.Escape(details)}</Details>")}</Error>");

    public static Answer MissingContentLength { get; } = Of(
        411, "MissingContentLength", "You must provide the Content-Length HTTP header.");

    public static Answer ExpiredToken { get; } = Of(400, "ExpiredToken", "The provided token has expired.", "Request signature expired");

    public static Answer MalformedSecurityHeader(string header, bool extra) =>
        Of(400, "MalformedSecurityHeader", "Your request has a malformed header.", extra
            ? $"Header was included in the request, but not in signedheaders: {header}"
            : $"Header was included in signedheaders, but not in the request: {header}");

    public static Answer SignatureDoesNotMatch { get; } = Of(403, "SignatureDoesNotMatch",
        "Access denied. The request signature we calculated does not match the signature you provided. Check your Google secret "
            + "key and signing method.");

    public static Answer AccessDenied { get; } = Of(
        403, "AccessDenied", "Access denied.", "Anonymous caller does not have access to the Google Cloud Storage object.");

    public static Answer EntityTooLarge { get; } = Of(
        400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.");

    public static Answer EntityTooSmall { get; } = Of(
        400, "EntityTooSmall", "Your proposed upload is smaller than the minimum object size.");

    public static Answer NoSuchKey { get; } = Of(404, "NoSuchKey", "The specified key does not exist.");
}
