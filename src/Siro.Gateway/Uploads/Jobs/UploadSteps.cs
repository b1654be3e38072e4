namespace Siro.Gateway.Uploads;

/// <summary>The three steps, as the run needs them.</summary>
internal sealed record UploadSteps(SigningStep Signing, StorageStep Storage, CreateStep Create);
