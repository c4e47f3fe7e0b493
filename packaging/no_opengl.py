"""Is PySide6.QtOpenGL in the frozen folder: the real one has 9 MB, and pyqtgraph imports it in any case.

pyqtgraph takes something from it only where it is told `useOpenGL`, which Sidetone never does.
"""
