"""Starts the plugin, as the launcher in Pulumi's plugin folder does."""

from sandbox.plugins.azure_native.provider import AzureNative
from sandbox.plugins.server import serve

if __name__ == "__main__":
    serve(AzureNative())
