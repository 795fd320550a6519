// `galen fhir split`: one FHIR R4 transaction bundle into the documents a hospital would store: one
// document bundle per encounter and record class, with a manifest for scripts.
// Thread rule: one thread. Pure JSON work; the network is not touched.
#pragma once

#include <string>

namespace galen::cli {

struct FhirSplitOptions {
  std::string bundle;     ///< path of the input
  std::string directory;  ///< created; holds the documents, manifest.tsv and manifest.json
  bool json = false;      ///< print the manifest as JSON instead of a summary line
};

/// Writes the documents. Prints one summary line, returns the exit code of docs/cli.md.
[[nodiscard]] int fhir_split(const FhirSplitOptions& options);

}  // namespace galen::cli
