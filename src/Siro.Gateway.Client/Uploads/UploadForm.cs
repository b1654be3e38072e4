using System.Globalization;
using System.Net;
using System.Text.Json;
using Siro.Gateway.Client.Http;

namespace Siro.Gateway.Client.Uploads;

/// <summary>
/// The form of an upload: metadata and the length first and the file last, so that the gateway sends it on while it arrives.
/// </summary>
internal static class UploadForm
{
    public static MultipartFormDataContent Make(Stream audio, string fileName, UploadMetadata metadata, IProgress<UploadProgress>? progress)
    {
        var form = new MultipartFormDataContent
        {
            { new StringContent(JsonSerializer.Serialize(metadata, GatewayJson.Default.UploadMetadata)), "metadata" },
            { new StringContent((audio.Length - audio.Position).ToString(CultureInfo.InvariantCulture)), "fileSize" },
        };
        form.Add(new AudioContent(audio, progress), "file", fileName);
        return form;
    }

    /// <summary>Reads the caller's stream and tells how far it is. It leaves the stream open: the next attempt reads it again.</summary>
    private sealed class AudioContent(Stream audio, IProgress<UploadProgress>? progress) : HttpContent
    {
        private const int BlockBytes = 64 * 1024;
        private readonly long _length = audio.Length - audio.Position;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var block = new byte[BlockBytes];
            var sent = 0L;
            int read;
            while ((read = await audio.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
            {
                await stream.WriteAsync(block.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                sent += read;
                progress?.Report(new UploadProgress(sent, _length));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length;
            return true;
        }
    }
}
