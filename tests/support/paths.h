// Where the sources are. A function, so that only one small file depends on the place of the
// checkout and a compiler cache serves every clone. Thread rule: any thread.
#pragma once

#include <string>

namespace galen::test {

/// Absolute path of the project's top folder.
[[nodiscard]] std::string source_dir();

}  // namespace galen::test
