#include "cli/fhir/fhir_split.h"

#include "cli/fhir/split.h"
#include "storage/keys/key_file.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace galen::cli {
namespace {

namespace fs = std::filesystem;

Result<std::string> read_bundle(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return fail(ErrorCode::kIo, path + ": cannot be read: " + error.message());
  if (size > fhir::kMaxBundleBytes) return fail(ErrorCode::kTooLarge, path + ": above 64 MiB");
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || !in) return fail(ErrorCode::kIo, path + ": cannot be read");
  return text;
}

/// Documents hold patient data: the directory is 0700, the files 0600.
Status write_documents(const std::string& directory, const std::vector<fhir::Document>& documents) {
  GALEN_TRY_STATUS(storage::create_private_directory(directory));
  const std::string prefix = directory + "/";
  for (const auto& document : documents) {
    GALEN_TRY_STATUS(storage::write_private_file(prefix + document.file, document.json));
  }
  GALEN_TRY_STATUS(
      storage::write_private_file(prefix + "manifest.tsv", fhir::manifest_tsv(documents)));
  return storage::write_private_file(prefix + "manifest.json", fhir::manifest_json(documents));
}

Status run(const FhirSplitOptions& options) {
  GALEN_TRY(const std::string text, read_bundle(options.bundle));
  auto documents = fhir::split_bundle(text);
  if (!documents) return fail_in(options.bundle, documents.error());
  GALEN_TRY_STATUS(write_documents(options.directory, *documents));
  if (options.json) {
    std::fputs(fhir::manifest_json(*documents).c_str(), stdout);
  } else {
    std::printf("%zu documents in %s\n", documents->size(), options.directory.c_str());
  }
  return {};
}

}  // namespace

int fhir_split(const FhirSplitOptions& options) {
  const auto status = run(options);
  if (status) return 0;
  std::fprintf(stderr, "galen: fhir split: %s\n", status.error().message.c_str());
  return 1;
}

}  // namespace galen::cli
