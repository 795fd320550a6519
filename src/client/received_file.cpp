#include "client/received_file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace galen::client {

namespace {

tl::unexpected<Error> io(const std::string& path) {
  return fail(ErrorCode::kIo, path + ": " + std::strerror(errno));
}

}  // namespace

ReceivedFile::ReceivedFile(std::string path, std::string part, FilePointer file)
    : path_(std::move(path)), part_(std::move(part)), file_(std::move(file)) {}

ReceivedFile::ReceivedFile(ReceivedFile&& other) noexcept
    : path_(std::move(other.path_)),
      part_(std::exchange(other.part_, {})),
      file_(std::move(other.file_)) {}

ReceivedFile::~ReceivedFile() {
  if (!part_.empty()) ::unlink(part_.c_str());
}

Result<ReceivedFile> ReceivedFile::create(const std::string& path) {
  if (path == "-") {
    FilePointer file(std::tmpfile());
    if (!file) return io("temporary file");
    return ReceivedFile(path, "", std::move(file));
  }

  struct stat there {};

  if (::lstat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    return fail(ErrorCode::kInvalidArgument, "--out: " + path + " is there and is no regular file");
  }
  const std::string part = path + "." + std::to_string(::getpid()) + ".part";
  const int descriptor = ::open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return io(part);
  FilePointer file(::fdopen(descriptor, "w+b"));
  if (!file) {
    ::close(descriptor);
    ::unlink(part.c_str());
    return io(part);
  }
  return ReceivedFile(path, part, std::move(file));
}

Status ReceivedFile::check(const std::string& path) {
  GALEN_TRY(const ReceivedFile probe, create(path));
  return {};
}

Status ReceivedFile::write(BytesView bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) return io(path_);
  return {};
}

Status ReceivedFile::publish() {
  if (std::fflush(file_.get()) != 0) return io(path_);
  if (part_.empty()) return copy_to_standard_output();
  if (::fsync(::fileno(file_.get())) != 0) return io(part_);
  if (::rename(part_.c_str(), path_.c_str()) != 0) return io(path_);
  part_.clear();
  return {};
}

Status ReceivedFile::copy_to_standard_output() {
  std::rewind(file_.get());
  char buffer[65536];
  for (;;) {
    const std::size_t got = std::fread(buffer, 1, sizeof(buffer), file_.get());
    if (got == 0) break;
    if (std::fwrite(buffer, 1, got, stdout) != got) return io("standard output");
  }
  if (std::fflush(stdout) != 0) return io("standard output");
  return {};
}

}  // namespace galen::client
