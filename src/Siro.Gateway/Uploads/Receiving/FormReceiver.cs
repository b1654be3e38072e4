using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Metadata;
using Siro.Gateway.Uploads.Spooling;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Receiving;

/// <summary>A form that arrived whole and right.</summary>
internal sealed record ReceivedForm(ReceivedFile File, UploadMetadata Metadata);

/// <summary>
/// Reads one upload's <c>multipart/form-data</c> (RFC 7578) as it streams in: fields in any order, one part <c>file</c>.
/// Every limit is its own, because the framework's form reader would buffer and would allow less.
/// </summary>
internal sealed class FormReceiver(FileIntake intake, ISettings<UploadsOptions> options, TimeProvider time)
{
    /// <summary>What a form may have beyond its file: fields, boundaries, part headers.</summary>
    public const long MaxOverhead = 1024 * 1024;

    private const int BufferSize = 128 * 1024;
    private const int MaxParts = 64;
    private const int MaxFieldBytes = 16 * 1024;
    private const int MaxJsonBytes = 128 * 1024;

    /// <summary>
    /// Receives the form. Throws <see cref="ProblemException"/>; nothing is left behind then.
    /// A caller that goes away ends it with <see cref="OperationCanceledException"/> or <see cref="IOException"/>.
    /// </summary>
    public async Task<ReceivedForm> ReceiveAsync(HttpRequest request, ClientName client,
        Func<SpoolFile, AudioFormat, long, TimeSpan, CutThrough>? cutThrough, CancellationToken cancellationToken)
    {
        var boundary = Boundary(request);
        var digest = ContentDigest.Parse(request.Headers["Content-Digest"]);
        if (request.ContentLength > options.Current.MaxBytes + MaxOverhead)
        {
            throw new ProblemException(FileIntake.TooLarge(options.Current.MaxBytes));
        }

        // The digest is that of the whole content by the RFC; many mean the file's. Either is taken.
        using var whole = digest is null ? null : new Hasher(digest.Sha512 is not null);
        await using var bounded = new IdleTimeoutBody(request.Body, options.Current.IdleTimeout, time, cancellationToken);
        var body = new CountedStream(bounded, whole);
        var reader = new MultipartReader(
            boundary, body, BufferSize) { HeadersCountLimit = 16, HeadersLengthLimit = 16 * 1024, BodyLengthLimit = null };
        var fields = new MetadataReader(time);
        ReceivedFile? file = null;
        Hashes? fileHashes = null;
        try
        {
            var parts = 0;
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (++parts > MaxParts)
                {
                    throw new ProblemException(UploadProblems.InvalidMultipart($"it has more than {MaxParts} parts"));
                }

                var part = Disposition(section);
                var name = HeaderUtilities.RemoveQuotes(part.Name).ToString();
                if (name is not "file")
                {
                    await TakeFieldAsync(section, name, part.IsFileDisposition(), fields, cancellationToken);
                    continue;
                }

                if (file is not null)
                {
                    fields.Fail("file", "duplicate_field", "is given twice; an upload has one file");
                    throw new ProblemException(UploadProblems.InvalidMetadata(fields.Finish().Errors));
                }

                // What is wrong already stays wrong: nothing of the file goes to Siro.
                if (fields.Errors.Count > 0)
                {
                    throw new ProblemException(UploadProblems.InvalidMetadata(fields.Finish().Errors));
                }

                (file, fileHashes) = await intake.TakeAsync(section.Body,
                    Expect(section, part, fields, client, request.ContentLength, boundary.Length, digest), cutThrough, cancellationToken);
            }

            var (metadata, errors) = fields.Finish();
            if (file is null)
            {
                errors = [.. errors, new FieldError("file", "required", "is missing: send the recording as the part 'file'")];
            }
            else
            {
                errors = [.. errors, .. Contradictions(fields, file)];
            }

            if (errors.Count > 0)
            {
                throw new ProblemException(UploadProblems.InvalidMetadata(errors));
            }

            if (digest is not null && !digest.Fits(whole!.Finish()) && !digest.Fits(fileHashes!))
            {
                throw new ProblemException(FileIntake.DigestMismatch);
            }

            return new ReceivedForm(file!, metadata);
        }
        catch (Exception e)
        {
            if (file is not null)
            {
                await file.DisposeAsync();
            }

            throw e switch
            {
                InvalidDataException =>
                    new ProblemException(UploadProblems.InvalidMultipart(
                        "a part's headers, or what stands before the first boundary, are too long or no headers"), e),
                BadHttpRequestException { StatusCode: 413 } => new ProblemException(FileIntake.TooLarge(options.Current.MaxBytes), e),
                BadHttpRequestException or OperationCanceledException or ProblemException => Rethrown(e),
                IOException when !cancellationToken.IsCancellationRequested =>
                    new ProblemException(UploadProblems.InvalidMultipart(
                        "it ends before its last boundary, or the boundary is not the one that Content-Type names"), e),
                _ => Rethrown(e),
            };
        }
    }

    private static Exception Rethrown(Exception e)
    {
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e);
        return e;
    }

    private static string Boundary(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            throw new ProblemException(
                new Problem(415, "unsupported_media_type", "Send multipart/form-data with the recording as the part 'file'."));
        }

        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (type.Parameters.Count(p => p.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase)) > 1)
        {
            throw new ProblemException(UploadProblems.InvalidMultipart("Content-Type names two boundaries"));
        }

        // RFC 2046, 5.1.1: 1 to 70 characters.
        return boundary.Length is >= 1 and <= 70
            ? boundary
            : throw new ProblemException(UploadProblems.InvalidMultipart("Content-Type must name a boundary of 1 to 70 characters"));
    }

    /// <summary>
    /// A file name without quotes can't hold what old dialers write into it; it is for people only, so what is not ASCII in it is no reason
    /// to refuse the file.
    /// </summary>
    private static ContentDispositionHeaderValue Disposition(MultipartSection section) =>
        (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var part)
            || ContentDispositionHeaderValue.TryParse(
                string.Concat((section.ContentDisposition ?? "").Select(c => c > '~' && !char.IsControl(c) ? '_' : c)), out part))
        && part.DispositionType.Equals("form-data", StringComparison.OrdinalIgnoreCase)
        && part.Name.Length > 0
            ? part
            : throw new ProblemException(UploadProblems.InvalidMultipart("each part needs Content-Disposition: form-data with a name"));

    private static ExpectedFile Expect(MultipartSection section, ContentDispositionHeaderValue part, MetadataReader fields,
        ClientName client, long? total, int boundaryLength, ContentDigest? digest)
    {
        long? own = long.TryParse(section.Headers?.GetValueOrDefault("Content-Length").ToString(), NumberStyles.None,
            CultureInfo.InvariantCulture, out var length) ? length : null;
        if (own is not null && fields.FileSize is not null && own != fields.FileSize)
        {
            throw new ProblemException(
                UploadProblems.InvalidMetadata([new FieldError("fileSize", "size_mismatch", "is not the part's own Content-Length")]));
        }

        // With everything needed in front, the file is most likely the last part: then only "\r\n--boundary--\r\n" follows it.
        var likely = fields.IsComplete && total is { } all && section.BaseStreamOffset is { } start
            ? all - start - boundaryLength - 8
            : (long?)null;
        return new ExpectedFile
        {
            Client = client,
            FileName = PartFileName.Of(part),
            MediaType = MediaTypeHeaderValue.TryParse(section.ContentType, out var type) ? type.MediaType.ToString() : section.ContentType,
            DeclaredBytes = own ?? fields.FileSize,
            LikelyBytes = likely is > 0 ? likely : null,
            DeclaredFormat = fields.FileType,
            Digest = ContentDigest.Parse(section.Headers?.GetValueOrDefault("Content-Digest") ?? default),
            WantsSha512 = digest?.Sha512 is not null,
        };
    }

    /// <summary>Fields about the file may come after it.</summary>
    private static IEnumerable<FieldError> Contradictions(MetadataReader fields, ReceivedFile file)
    {
        if (fields.FileType is { } type && type != file.Format)
        {
            yield return new FieldError(
                "fileType", "type_mismatch", $"says {type.Name()}, but the file is {file.Format.Name()} by its bytes");
        }

        if (fields.FileSize is { } size && size != file.Bytes)
        {
            yield return new FieldError("fileSize", "size_mismatch", $"says {size}, but the file has {file.Bytes} bytes");
        }
    }

    private static async Task TakeFieldAsync(
        MultipartSection section, string name, bool isFile, MetadataReader fields, CancellationToken cancellationToken)
    {
        var isJson = name is MetadataReader.JsonPart;
        var limit = isJson || name is "crmObjects" ? MaxJsonBytes : MaxFieldBytes;
        var bytes = await ReadAsync(section.Body, limit, cancellationToken);
        if (isFile && !isJson && !fields.Knows(name))
        {
            fields.Fail(name, "unknown_field", "is not a field of an upload; the recording is the part 'file'");
        }
        else if (bytes is not { } value)
        {
            fields.Fail(name, "too_long", $"is longer than {limit} bytes");
        }
        else if (isJson)
        {
            fields.AddJson(value);
        }
        else
        {
            fields.Add(name, Encoding.UTF8.GetString(value.Span));
        }
    }

    /// <summary>The part's bytes; null when there are more than the limit, and then the rest is read past.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(Stream stream, int limit, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        var total = 0L;
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            total += read;
            if (total > MaxOverhead)
            {
                throw new ProblemException(UploadProblems.InvalidMultipart($"a field is longer than {MaxOverhead} bytes"));
            }

            if (total <= limit)
            {
                bytes.Write(buffer, 0, read);
            }
        }

        return total <= limit ? bytes.GetBuffer().AsMemory(0, (int)bytes.Length) : (ReadOnlyMemory<byte>?)null;
    }
}
