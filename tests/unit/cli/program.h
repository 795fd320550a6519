// Runs bin/galen, which stands beside the test program, in a directory of its own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/wait.h>

namespace galen::cli {

/// The program stands beside this test.
inline std::string program() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "galen").string();
}

struct Ran {
  int code = -1;
  std::string out;
  std::string error;
};

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() {
    std::string name = (std::filesystem::temp_directory_path() / "galen-cli-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }

  ~ProgramTest() override { std::filesystem::remove_all(root_); }

  [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary | std::ios::trunc) << bytes;
  }

  [[nodiscard]] Ran run(const std::string& arguments) const {
    const std::string command = "env -u GALEN_PROFILE " + program() + " " + arguments + " 2>" +
                                path("stderr") + " </dev/null";
    Ran ran;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    for (std::size_t got = 1; got > 0;) {
      got = std::fread(buffer.data(), 1, buffer.size(), pipe);
      ran.out.append(buffer.data(), got);
    }
    const int status = ::pclose(pipe);
    if (WIFEXITED(status)) ran.code = WEXITSTATUS(status);
    std::ifstream error(path("stderr"));
    ran.error.assign(std::istreambuf_iterator<char>(error), {});
    return ran;
  }

  std::string root_;
};

/// One line that begins with "galen: ", and nothing on stdout.
inline void expect_one_line(const Ran& ran, int code) {
  EXPECT_EQ(ran.code, code) << ran.error;
  EXPECT_TRUE(ran.out.empty()) << ran.out;
  EXPECT_EQ(ran.error.rfind("galen: ", 0), 0U) << ran.error;
  EXPECT_EQ(std::count(ran.error.begin(), ran.error.end(), '\n'), 1) << ran.error;
}

}  // namespace galen::cli
