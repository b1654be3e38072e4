using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.Uploads.Audio;
using Siro.Gateway.Uploads.Spooling;
using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Receiving;

/// <summary>What is known about a file before its bytes.</summary>
internal sealed record ExpectedFile
{
    /// <summary>Whose it is: no client fills the spool alone.</summary>
    public ClientName Client { get; init; } = ClientName.Gateway;

    /// <summary>As the sender named it.</summary>
    public string? FileName { get; init; }

    /// <summary>The media type that the sender declared.</summary>
    public string? MediaType { get; init; }

    /// <summary>Its length, where the sender said so: the file must have it.</summary>
    public long? DeclaredBytes { get; init; }

    /// <summary>Its length, where it follows from something else: it may turn out wrong, which is no error.</summary>
    public long? LikelyBytes { get; init; }

    /// <summary>The format that the sender declared.</summary>
    public AudioFormat? DeclaredFormat { get; init; }

    /// <summary>The file's own digest, where it was sent ahead.</summary>
    public ContentDigest? Digest { get; init; }

    /// <summary>Compute SHA-512 too.</summary>
    public bool WantsSha512 { get; init; }
}

/// <summary>
/// Takes a recording from a stream into the spool: type by its bytes, size, hash. Used for the file of a form and for a recording that
/// Calls fetches.
/// Everything it refuses is a <see cref="ProblemException"/>: 413 <c>file_too_large</c> as soon as that is known, 415 <c>not_audio</c>, 422
/// <c>invalid_metadata</c>, 503 <c>spool_full</c>.
/// Nothing is left behind then.
/// </summary>
internal sealed class FileIntake(Spool spool, ISettings<UploadsOptions> options, TimeProvider time)
{
    /// <summary>Bytes are hashed in pieces that the processor's cache still has.</summary>
    private const int Piece = 128 * 1024;

    /// <summary>A PUT ahead is decided upon when so much has arrived, and again after each further such piece.</summary>
    private const long CutThroughPiece = 256 * 1024;

    /// <summary>The 413 for a file beyond <c>Uploads:MaxBytes</c>.</summary>
    public static Problem TooLarge(long limit) =>
        new(413, "file_too_large", $"The file is larger than {limit} bytes, the most that Siro takes.");

    /// <summary>Takes the whole stream.</summary>
    /// <param name="cutThrough">Begins a PUT ahead for (file, format, length, time that the rest will take); null where none may
    /// begin.</param>
    public async Task<(ReceivedFile File, Hashes Hashes)> TakeAsync(
        Stream stream, ExpectedFile expected, Func<SpoolFile, AudioFormat, long, TimeSpan, CutThrough>? cutThrough,
        CancellationToken cancellationToken)
    {
        var max = options.Current.MaxBytes;
        if (expected.DeclaredBytes > max)
        {
            throw new ProblemException(TooLarge(max));
        }

        var file = spool.Open(expected.Client, Math.Min(expected.DeclaredBytes ?? expected.LikelyBytes ?? 0, max));
        CutThrough? put = null;
        try
        {
            using var hasher = new Hasher(expected.WantsSha512 || expected.Digest?.Sha512 is not null);
            var sniffer = new AudioSniffer();
            var begun = time.GetTimestamp();
            var next = CutThroughPiece;
            while (true)
            {
                // Straight to where it stays.
                var bytes = file.GetMemory();
                var read = await stream.ReadAsync(bytes[..Math.Min(bytes.Length, Piece)], cancellationToken);
                if (read == 0)
                {
                    break;
                }

                bytes = bytes[..read];
                if (file.Length + read > max)
                {
                    throw new ProblemException(TooLarge(max));
                }

                if (sniffer.Verdict is null && sniffer.Append(bytes.Span) is { } verdict)
                {
                    Accept(verdict, expected);
                }

                hasher.Append(bytes.Span);
                file.Advance(read);
                if (put is null && cutThrough is not null && file.Length >= next && sniffer.Verdict?.Format is { } sure
                    && (expected.DeclaredBytes ?? expected.LikelyBytes) is >= CutThrough.LeastBytes and var length && length <= max)
                {
                    next = file.Length + CutThroughPiece;
                    var remaining = time.GetElapsedTime(begun) * ((double)Math.Max(0, length - file.Length) / file.Length);
                    put = remaining < CutThrough.Longest ? cutThrough(file, sure, length, remaining) : null;
                }
            }

            if (file.Length == 0)
            {
                throw Invalid("empty_file", "is empty");
            }

            var known = sniffer.Verdict ?? sniffer.End();
            var format = Accept(known, expected);
            if (expected.DeclaredBytes is { } declared && declared != file.Length)
            {
                throw Invalid("size_mismatch", $"has {file.Length} bytes, not the {declared} that were announced");
            }

            var hashes = hasher.Finish();
            if (expected.Digest is { } digest && !digest.Fits(hashes))
            {
                throw new ProblemException(DigestMismatch);
            }

            if (put is not null && put.Length != file.Length)
            {
                await put.DisposeAsync();
                put = null;
            }

            return (new ReceivedFile { Spool = file, Format = format, Bytes = file.Length, Sha256 = Convert.ToHexStringLower(hashes.Sha256),
                SkippedBytes = known.Skipped, FileName = expected.FileName, CutThrough = put }, hashes);
        }
        catch
        {
            if (put is not null)
            {
                await put.DisposeAsync();
            }

            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>The 422 for bytes that are not those of the digest.</summary>
    public static Problem DigestMismatch { get; } = new(
        422, "digest_mismatch", "The bytes received do not match Content-Digest. Send the file again.");

    private static AudioFormat Accept(AudioVerdict verdict, ExpectedFile expected)
    {
        if (verdict.Format is not { } format)
        {
            throw new ProblemException(
                new Problem(415, "not_audio", $"The file is {verdict.Refusal}. Siro takes MP3, AAC (ADTS or ADIF) and WAV."));
        }

        if (expected.DeclaredFormat is { } declared && declared != format)
        {
            throw Invalid("type_mismatch", $"is {format.Name()} by its bytes, not {declared.Name()} as fileType says");
        }

        if (format.ContradictedByMediaType(expected.MediaType))
        {
            throw Invalid("type_mismatch", $"is {format.Name()} by its bytes, which its Content-Type contradicts");
        }

        return format.ContradictedByFileName(expected.FileName)
            ? throw Invalid("type_mismatch", $"is {format.Name()} by its bytes, which the ending of its name contradicts")
            : format;
    }

    private static ProblemException Invalid(string code, string message) =>
        new(UploadProblems.InvalidMetadata([new FieldError("file", code, message)]));
}
