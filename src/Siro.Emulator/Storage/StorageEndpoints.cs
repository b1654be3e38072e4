using System.Globalization;
using System.Security.Cryptography;
using Siro.Emulator.Hosting;
using Siro.Emulator.Validation;

namespace Siro.Emulator.Storage;

/// <summary>Step 1 on platform (signed-urls) and step 2 on storage (the PUT itself).</summary>
internal sealed class StorageEndpoints(StoredObjects objects, SignedUrls urls, EmulatorOptions options, HostAddresses addresses)
{
    private const string Range = "x-goog-content-length-range";


    public void Map(RouteTable platform, RouteTable storage)
    {
        platform.Add("POST", "/v1/core/recordings/signed-urls", x => new(Sign(x)));
        storage.Add("PUT", "/siro-recordings/{org}/{name}", PutAsync);
        storage.Add("GET", "/siro-recordings/{org}/{name}", x => new(Get(x)));
    }

    private static string ContentTypeOf(string fileType) => fileType switch
    {
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        _ => "audio/aac",
    };

    private Answer Sign(Exchange x)
    {
        if (!x.TryJson(out var body))
        {
            return Answer.Error(400, "Invalid JSON");
        }

        var sizeField = options.SizeFields == SizeFields.FileSizeInBytes
            || (options.SizeFields == SizeFields.Both && body.TryGetProperty("fileSizeInBytes", out _)) ? "fileSizeInBytes" : "fileSize";
        (string, Shape)[] fields = [("fileType", Shape.OneOf("mp3", "aac", "wav")), (sizeField, Shape.PositiveInteger)];
        if (options.ContractDrift.HasFlag(ContractDrift.RequiredField))
        {
            fields = [.. fields, ("region", Shape.Text(1))];
        }

        if (Shape.Of(strict: true, fields).Check(body) is { Count: > 0 } issues)
        {
            return ZodIssue.Refusal(issues);
        }

        var fileType = body.GetProperty("fileType").GetString()!;
        var size = body.GetProperty(sizeField).GetInt64();
        var path = $"/siro-recordings/{x.Organization.Id}/{Identifiers.NewUuid()}.{fileType}";
        var contentType = ContentTypeOf(fileType);
        var range = string.Create(CultureInfo.InvariantCulture, $"0,{size}");
        var upload = new SignedUpload(path, fileType, size, x.Organization.Id, x.Token!.User?.Id ?? x.Token.ClientId!,
            urls.Sign("PUT", addresses.Storage, path, options.SignedUrlLifetime, ("content-type", contentType), (Range, range)),
            urls.Sign("GET", addresses.Storage, path, options.DownloadUrlLifetime),
            Moment.Now(options.Time) + options.SignedUrlLifetime);
        objects.Allow(upload);
        x.Entry.AddEffect(path);
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["uploadUrl"] = upload.UploadUrl.AbsoluteUri,
            ["uploadHeaders"] = new Dictionary<string, string>(StringComparer.Ordinal) { ["Content-Type"] = contentType, [Range] = range },
            ["downloadUrl"] = upload.DownloadUrl.AbsoluteUri,
        };
        if (!options.ContractDrift.HasFlag(ContractDrift.MissingField))
        {
            data["expiresAt"] = upload.ExpiresAt;
        }

        return Answer.Ok(new { data });
    }

    private async ValueTask<Answer> PutAsync(Exchange x)
    {
        var request = x.Http.Request;
        if (request.ContentLength is not { } length || request.Headers.TransferEncoding.Count > 0)
        {
            return GcsError.MissingContentLength;
        }

        if (urls.Refuse(request, x.Path) is { } refusal)
        {
            return refusal;
        }

        var range = request.Headers[Range].ToString().Split(',');
        if (length > long.Parse(range[1], CultureInfo.InvariantCulture))
        {
            return GcsError.EntityTooLarge;
        }

        if (length < long.Parse(range[0], CultureInfo.InvariantCulture))
        {
            return GcsError.EntityTooSmall;
        }

        var part = objects.PartPath();
        try
        {
            var sha256 = await ReceiveAsync(x, part);
            var stored = objects.Keep(part, x.Path, length, sha256, request.ContentType ?? "", Moment.Now(options.Time));
            x.Entry.AddEffect(stored.Name);
            return new Answer { Status = 200, ContentType = "text/html; charset=UTF-8",
                Headers = [
                ("ETag", $"\"{sha256[..32]}\""), ("x-goog-stored-content-length", length.ToString(CultureInfo.InvariantCulture))] };
        }
        finally
        {
            File.Delete(part);
        }
    }

    /// <summary>Writes the body to a file; throws when it ends early, so that nothing is kept.</summary>
    private async Task<string> ReceiveAsync(Exchange x, string part)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true);
        var buffer = new byte[128 * 1024];
        var start = new MemoryStream();
        int read;
        while ((read = await x.Http.Request.Body.ReadAsync(buffer, x.Http.RequestAborted)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), x.Http.RequestAborted);
            x.Entry.BodyLength += read;
            if (start.Length < options.JournalBodyBytes)
            {
                start.Write(buffer, 0, (int)Math.Min(read, options.JournalBodyBytes - start.Length));
                x.Entry.Body = start.ToArray();
            }
        }

        return x.Entry.BodySha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private Answer Get(Exchange x)
    {
        if (urls.Refuse(x.Http.Request, x.Path) is { } refusal)
        {
            return refusal;
        }

        return objects.Find(x.Path) is not { } stored
            ? GcsError.NoSuchKey
            : new Answer
            {
                Status = 200,
                ContentType = stored.ContentType,
                Write = http =>
                {
                    http.Response.ContentLength = stored.Length;
                    return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.SendFileAsync(stored.FilePath);
                },
            };
    }
}
