using System.Text;
using Siro.Gateway.IntegrationTests.Infrastructure;
using Siro.Gateway.IntegrationTests.Uploads;

namespace Siro.Gateway.IntegrationTests.Attacks;

/// <summary>
/// Corners of RFC 2046 and 7578 beyond the plain errors (<see cref="BadInputTests"/>): right, or refused with the code, and never an object
/// at the storage.
/// </summary>
public sealed class MultipartAttacks(AttackFixture gateway) : IClassFixture<AttackFixture>
{
    private const string Rep = "--b\r\nContent-Disposition: form-data; name=\"userEmail\"\r\n\r\nrep1@example.com\r\n";
    private const string FileHead = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n";

    /// <summary>A small WAV, in Latin-1.</summary>
    private static readonly string Wav = Encoding.Latin1.GetString(Uploads.Recordings.Wav(2000, seed: 3));

    private static readonly string File = FileHead + Wav + "\r\n";

    private static readonly Dictionary<string, (string Type, string Body, int Status, string Code)> Cases = new(StringComparer.Ordinal)
    {
        ["a preamble"] = ("multipart/form-data; boundary=b", "This is a preamble.\r\n" + Rep + File + "--b--\r\n", 201, ""),
        ["an epilogue"] = ("multipart/form-data; boundary=b", Rep + File + "--b--\r\nThis is an epilogue.", 201, ""),
        ["a boundary in quotes"] = ("multipart/form-data; boundary=\"b\"", Rep + File + "--b--\r\n", 201, ""),
        ["a boundary with blanks in quotes"] = (
            "multipart/form-data; boundary=\"b c\"", (Rep + File + "--b--\r\n").Replace("--b", "--b c", StringComparison.Ordinal), 201, ""),
        ["white space behind a boundary"] = ("multipart/form-data; boundary=b",
            (Rep + File + "--b--\r\n").Replace("--b\r\n", "--b \t\r\n", StringComparison.Ordinal), 201, ""),
        ["no line break after the end"] = ("multipart/form-data; boundary=b", Rep + File + "--b--", 201, ""),
        ["the boundary within the file"] = ("multipart/form-data; boundary=b", Rep + FileHead + Wav + "--b" + "\r\n--b--\r\n", 201, ""),
        ["the type in upper case"] = ("MULTIPART/FORM-DATA; BOUNDARY=b", Rep + File + "--b--\r\n", 201, ""),
        ["a charset beside the boundary"] = ("multipart/form-data; charset=utf-8; boundary=b", Rep + File + "--b--\r\n", 201, ""),
        ["two boundaries named"] = ("multipart/form-data; boundary=b; boundary=c", Rep + File + "--b--\r\n", 400, "invalid_multipart"),
        ["two types"] = ("multipart/form-data; boundary=b, text/plain", Rep + File + "--b--\r\n", 415, "unsupported_media_type"),
        ["multipart/mixed"] = ("multipart/mixed; boundary=b", Rep + File + "--b--\r\n", 415, "unsupported_media_type"),
        ["multipart/related"] = ("multipart/related; boundary=b", Rep + File + "--b--\r\n", 415, "unsupported_media_type"),
        ["no end"] = ("multipart/form-data; boundary=b", Rep + File, 400, "invalid_multipart"),
        ["an end at once"] = ("multipart/form-data; boundary=b", "--b--\r\n", 422, "invalid_metadata"),
        ["line feeds alone"] = ("multipart/form-data; boundary=b", (Rep + "--b--\r\n").Replace("\r\n", "\n", StringComparison.Ordinal), 400,
            "invalid_multipart"),
        ["a part without a name"] = ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + Rep + File
            + "--b--\r\n", 400, "invalid_multipart"),
        ["a part without a disposition"] = ("multipart/form-data; boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" + Rep + File
            + "--b--\r\n", 400, "invalid_multipart"),
        ["a part that is an attachment"] = ("multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n" + Rep + File + "--b--\r\n", 400, "invalid_multipart"),
        ["a part without headers"] = (
            "multipart/form-data; boundary=b", "--b\r\n\r\nx\r\n" + Rep + File + "--b--\r\n", 400, "invalid_multipart"),
        ["a part's header without a colon"] = ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition\r\n\r\nx\r\n" + Rep + File
            + "--b--\r\n", 400, "invalid_multipart"),
        ["seventeen headers in a part"] = ("multipart/form-data; boundary=b", "--b\r\n"
            + string.Concat(Enumerable.Range(0, 17).Select(i => $"X-{i}: a\r\n")) + "\r\nx\r\n" + Rep + File
            + "--b--\r\n", 400, "invalid_multipart"),
        ["17 KB of headers in a part"] = ("multipart/form-data; boundary=b", "--b\r\nX-A: " + new string('a', 17_000) + "\r\n\r\nx\r\n"
            + Rep + File + "--b--\r\n", 400, "invalid_multipart"),
        ["a hundred parts"] = ("multipart/form-data; boundary=b",
            string.Concat(Enumerable.Range(0, 100).Select(i => $"--b\r\nContent-Disposition: form-data; name=\"f{i}\"\r\n\r\nx\r\n"))
            + "--b--\r\n", 400, "invalid_multipart"),
        ["a field twice"] = ("multipart/form-data; boundary=b", Rep + Rep + File + "--b--\r\n", 422, "invalid_metadata"),
        ["the file twice"] = ("multipart/form-data; boundary=b", Rep + File + File + "--b--\r\n", 422, "invalid_metadata"),
        ["an unknown field"] = ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"__proto__\"\r\n\r\nx\r\n"
            + Rep + File + "--b--\r\n", 422, "invalid_metadata"),
        ["a field in Latin-1"] = ("multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nM\u00fcller\r\n" + Rep + File
            + "--b--\r\n", 422, "invalid_metadata"),
        ["a NUL in a field"] = ("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\na\0b\r\n"
            + Rep + File + "--b--\r\n", 422, "invalid_metadata"),
        ["a file name that climbs"] = ("multipart/form-data; boundary=b", Rep
            + File.Replace("a.wav", "../../../etc/passwd.wav", StringComparison.Ordinal) + "--b--\r\n", 201, ""),
        ["a file name with a NUL"] = (
            "multipart/form-data; boundary=b", Rep + File.Replace("a.wav", "a\0.wav", StringComparison.Ordinal) + "--b--\r\n", 201, ""),
        ["a script named as a recording"] = ("multipart/form-data; boundary=b", Rep + FileHead
            + "#!/bin/sh\necho this is a script, not a recording\r\n--b--\r\n", 415, "not_audio"),
        ["a page named as a recording"] = (
            "multipart/form-data; boundary=b", Rep + FileHead + "<html><body>not a recording</body></html>\r\n--b--\r\n", 415, "not_audio"),
        ["an empty file"] = ("multipart/form-data; boundary=b", Rep + FileHead + "\r\n--b--\r\n", 422, "invalid_metadata"),
        ["the file in base64"] = ("multipart/form-data; boundary=b", Rep
            + FileHead.Replace("\r\n\r\n", "\r\nContent-Transfer-Encoding: base64\r\n\r\n", StringComparison.Ordinal)
            + Convert.ToBase64String(Encoding.Latin1.GetBytes(Wav)) + "\r\n--b--\r\n", 415, "not_audio"),
        ["a nested multipart"] = ("multipart/form-data; boundary=b", Rep
            + "--b\r\nContent-Disposition: form-data; name=\"file\"\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n" + Wav
            + "\r\n--c--\r\n--b--\r\n", 415, "not_audio"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_corner_of_multipart_has_its_answer(string name)
    {
        var (type, body, status, code) = Cases[name];
        var objects = gateway.Emulator.Objects.All.Count();

        var answer = await gateway.SendAsync(HttpMethod.Post, "/v1/uploads", GatewaySettings.AdminKey, AttackFixture.Bytes(body), type);

        Assert.True((answer.Status, answer.Code) == (status, code), $"{name}: {answer}");
        Assert.Equal(objects + (status == 201 ? 1 : 0), gateway.Emulator.Objects.All.Count());
    }
}
