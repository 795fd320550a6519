#include "cli/proof_files.h"

#include "cli/files.h"
#include "cli/new_file.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace galen::cli {

namespace {

constexpr const char* kRemedy = "choose another --proofs";

std::string path_of(const std::string& directory, const NamedProof& proof) {
  return (std::filesystem::path(directory) / (std::string(proof.id) + ".proof")).string();
}

client::Failure with_remedy(client::Failure failure) {
  failure.remedy = kRemedy;
  return failure;
}

std::optional<client::Failure> write_new(const std::string& path, std::string_view bytes) {
  auto file = NewFile::create(path);
  if (!file) return file.failure();
  (void)file->write(bytes);
  return file->publish();
}

}  // namespace

std::optional<client::Failure> make_proof_directory(const std::string& directory) {
  auto failure = make_private_directory(directory);
  return failure ? std::optional(with_remedy(*std::move(failure))) : std::nullopt;
}

std::optional<client::Failure> write_proofs(const std::string& directory,
                                            const std::vector<NamedProof>& proofs) {
  std::vector<std::string> written;
  for (const NamedProof& proof : proofs) {
    const std::string path = path_of(directory, proof);
    if (auto failure = write_new(path, proof.bytes)) {
      std::error_code ignored;
      for (const std::string& earlier : written) std::filesystem::remove(earlier, ignored);
      return with_remedy(*std::move(failure));
    }
    written.push_back(path);
  }
  return std::nullopt;
}

}  // namespace galen::cli
