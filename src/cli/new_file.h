// A file that comes into being whole or not at all, with mode 0600, and never takes another's
// place. Thread rule: one thread.
#pragma once

#include "galen/outcome.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace galen::cli {

class NewFile {
 public:
  /// Refuses a path that is taken. kUsage, kGeneral.
  [[nodiscard]] static client::Outcome<NewFile> create(const std::string& path);
  /// Leaves nothing behind unless it was published.
  ~NewFile();
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;

  /// False when it cannot be written: publish() says why.
  [[nodiscard]] bool write(std::string_view text);

  [[nodiscard]] bool failed() const { return error_ != 0; }

  /// Synced, then given its name; nullopt when it is there. The name may have been taken meanwhile.
  [[nodiscard]] std::optional<client::Failure> publish();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  using FilePointer = std::unique_ptr<std::FILE, Close>;

  NewFile(std::string path, std::string part, FilePointer file);

  std::string path_;
  std::string part_;  ///< empty once published or moved from
  FilePointer file_;
  int error_ = 0;  ///< errno of the first write that failed
};

}  // namespace galen::cli
