# Build rules shared by every folder: one static library per folder of src/, one test program per tested folder.

add_library(galen_options INTERFACE)
target_include_directories(galen_options INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
target_compile_options(galen_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wconversion -Wno-sign-conversion -fno-omit-frame-pointer
  # GCC 12 sees an impossible size in std::vector's <=> when it inlines it.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overread>)
if(GALEN_WARNINGS_AS_ERRORS)
  target_compile_options(galen_options INTERFACE -Werror)
endif()
if(GALEN_SANITIZE)
  # -fno-sanitize=function must follow: clang 14 cannot emit it for coroutines.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=function -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

if(GALEN_FUZZ)
  # Coverage of the libraries too; only the targets in tests/fuzz link libFuzzer's main.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(GALEN_TSAN)
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()

# galen_library(<folder> DEPS <galen folders> LIBS <third-party targets>)
# The DEPS list is the folder's allowed include list; tests/tidy checks it against the sources.
function(galen_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;PRIVATE_LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  set(target galen_${name})
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${ARG_PRIVATE_LIBS})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(${target} ${scope} galen_options)
  foreach(dep ${ARG_DEPS})
    target_link_libraries(${target} ${scope} galen_${dep})
  endforeach()
  target_link_libraries(${target} ${scope} ${ARG_LIBS})
endfunction()

# galen_test(<name> DEPS <galen folders>): every *.cpp of the folder in one GoogleTest program.
function(galen_test name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  set(target test_${name})
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE galen_options GTest::gmock GTest::gtest_main rapidcheck rapidcheck_gtest galen_test_paths ${ARG_LIBS})
  foreach(dep ${ARG_DEPS})
    target_link_libraries(${target} PRIVATE galen_${dep})
  endforeach()
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  add_test(NAME ${name} COMMAND ${target} --gtest_brief=1)
endfunction()

# The programs' allocator. Messages, rows and blocks are allocated on one thread and freed on another, which
# glibc's arenas are slow at (docs/performance.md). Sanitizers bring their own.
add_library(galen_allocator INTERFACE)
if(NOT GALEN_SANITIZE AND NOT GALEN_TSAN AND NOT GALEN_FUZZ)
  find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
  target_link_libraries(galen_allocator INTERFACE ${JEMALLOC_LIBRARY})
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Hits across clones need paths relative to the source tree.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()
