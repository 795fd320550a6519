// Where a record is written while it is received: a private temporary file beside the target, which
// takes the target's name only after everything was verified (PAY-6). Thread rule: one thread.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "client/record_file.h"

#include <string>

namespace galen::client {

class ReceivedFile {
 public:
  /// "-" writes to standard output at `publish`. An existing regular file is replaced when this one
  /// is published. kInvalidArgument for anything else that is there, kIo.
  [[nodiscard]] static Result<ReceivedFile> create(const std::string& path);
  /// Whether `path` can be written to, before anything is asked for that leaves an entry. As
  /// create.
  [[nodiscard]] static Status check(const std::string& path);
  /// Removes what was not published.
  ~ReceivedFile();
  ReceivedFile(ReceivedFile&& other) noexcept;
  ReceivedFile& operator=(ReceivedFile&&) = delete;
  ReceivedFile(const ReceivedFile&) = delete;
  ReceivedFile& operator=(const ReceivedFile&) = delete;

  [[nodiscard]] Status write(BytesView bytes);
  /// Syncs and gives the file its name. kIo.
  [[nodiscard]] Status publish();

 private:
  ReceivedFile(std::string path, std::string part, FilePointer file);
  [[nodiscard]] Status copy_to_standard_output();

  std::string path_;
  std::string part_;  ///< empty: unnamed
  FilePointer file_;
};

}  // namespace galen::client
