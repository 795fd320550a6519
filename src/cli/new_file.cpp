#include "cli/new_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace galen::cli {

namespace {

using client::Failure;
using client::FailureKind;

Failure cannot_write(const std::string& path, int error) {
  return {
      FailureKind::kGeneral, "cannot write " + path, std::strerror(error), "choose another file"};
}

Failure taken(const std::string& path) {
  return {FailureKind::kUsage, "there is a file " + path, "", "choose another, or remove it"};
}

}  // namespace

NewFile::NewFile(std::string path, std::string part, FilePointer file)
    : path_(std::move(path)), part_(std::move(part)), file_(std::move(file)) {}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      part_(std::exchange(other.part_, {})),
      file_(std::move(other.file_)),
      error_(other.error_) {}

NewFile::~NewFile() {
  if (!part_.empty()) ::unlink(part_.c_str());
}

client::Outcome<NewFile> NewFile::create(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return taken(path);
  std::string part = path + "." + std::to_string(::getpid()) + ".part";
  const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return cannot_write(part, errno);
  FilePointer file(::fdopen(descriptor, "wb"));
  if (file) return NewFile(path, std::move(part), std::move(file));
  const int error = errno;
  ::close(descriptor);
  ::unlink(part.c_str());
  return cannot_write(part, error);
}

bool NewFile::write(std::string_view text) {
  if (error_ != 0) return false;
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) error_ = errno;
  return error_ == 0;
}

std::optional<Failure> NewFile::publish() {
  if (error_ == 0 && std::fflush(file_.get()) != 0) error_ = errno;
  if (error_ == 0 && ::fsync(::fileno(file_.get())) != 0) error_ = errno;
  if (error_ != 0) return cannot_write(path_, error_);
  // A link, unlike a rename, never replaces what is there.
  if (::link(part_.c_str(), path_.c_str()) != 0) {
    return errno == EEXIST ? taken(path_) : cannot_write(path_, errno);
  }
  ::unlink(part_.c_str());
  part_.clear();
  return std::nullopt;
}

}  // namespace galen::cli
