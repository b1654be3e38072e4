using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Siro.Gateway.Configuration;

/// <summary>gateway.json. A new file that is no JSON takes nothing away: what was read before stays, and the error is noted.</summary>
internal sealed class GatewayFile : JsonConfigurationSource
{
    /// <summary>Its full path.</summary>
    public required string File { get; init; }

    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        // One for each provider, which may be made anew while the one before is still there.
        (FileProvider, Path) = (null, File);
        ResolveFileProvider();
        EnsureDefaults(builder);
        return new Provider(this);
    }

    internal sealed class Provider(GatewayFile file) : JsonConfigurationProvider(file)
    {
        private readonly IFileProvider? _files = file.FileProvider;
        private bool _read;

        /// <summary>Why the file as it is now can't be read; null when it can.</summary>
        public string? Error { get; private set; }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
            {
                // The framework does this only for one that it has made itself; it holds one of the system's few watches.
                (_files as IDisposable)?.Dispose();
            }
        }

        public override void Load(Stream stream)
        {
            var before = Data;
            try
            {
                base.Load(stream);
                (_read, Error) = (true, null);
            }
            catch (FormatException e) when (_read)
            {
                // The framework would go on with an empty file, and with the next change of a secret take every client away.
                (Data, Error) = (before, Describe(e));
            }
        }
    }

    /// <summary>Where in the file the error is; JSON's messages name a character and a line.</summary>
    public static string Describe(Exception e) =>
        "is no JSON: " + (e.GetBaseException() is System.Text.Json.JsonException json ? json.Message : "it can't be parsed");
}
