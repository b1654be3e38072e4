using Siro.Gateway.Uploads.Steps;

namespace Siro.Gateway.Uploads.Jobs;

/// <summary>The three steps, as the run needs them.</summary>
internal sealed record UploadSteps(SigningStep Signing, StorageStep Storage, CreateStep Create);
